package runfolder

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
)

var someLines = []HistoryLine{
	{Kind: EvalLine, Step: 0, Loss: 0.7, Accuracy: 0.484},
	{Kind: TrainLine, Step: 10, Epoch: 0.16, Loss: 0.69, LearningRate: 1e-3, GradNorm: 2.5, TokensPerSecond: 1203.5, Elapsed: 12.25},
	{Kind: TrainLine, Step: 20, Epoch: 0.32, Loss: 0.61, LearningRate: 9e-4, GradNorm: 1.5, TokensPerSecond: 1199, Elapsed: 24.5},
	{Kind: EvalLine, Step: 20, Epoch: 0.32, Loss: 0.6, Accuracy: 0.7, Elapsed: 24.5},
	{Kind: TrainLine, Step: 30, Epoch: 0.48, Loss: 0.4, LearningRate: 8e-4, GradNorm: 3, TokensPerSecond: 1210, Elapsed: 40},
}

func openHistory(t *testing.T, r *Folder) *History {
	t.Helper()
	h, err := r.OpenHistory()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

func appendAll(t *testing.T, h *History, lines []HistoryLine) {
	t.Helper()
	for _, line := range lines {
		if err := h.Append(line); err != nil {
			t.Fatal(err)
		}
	}
}

func wantLines(t *testing.T, r *Folder, want []HistoryLine) {
	t.Helper()
	got, err := r.ReadHistory()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHistoryKeepsItsLines(t *testing.T) {
	r := newRun(t)
	wantLines(t, r, nil)
	h := openHistory(t, r)
	for i, line := range someLines {
		appendAll(t, h, []HistoryLine{line})
		wantLines(t, r, someLines[:i+1]) // immediately, for a live chart
	}
	if err := h.Sync(); err != nil {
		t.Fatal(err)
	}
	again := openHistory(t, r)
	if diff := cmp.Diff(someLines, again.Lines()); diff != "" {
		t.Error(diff)
	}
}

// If the writer is killed after any byte, the complete lines are kept and the next line follows
// them.
func TestTornLastLineIsDropped(t *testing.T) {
	r := newRun(t)
	appendAll(t, openHistory(t, r), someLines)
	whole, err := os.ReadFile(r.Path(HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	start := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for end := start; end < len(whole); end++ {
		if err := os.WriteFile(r.Path(HistoryFile), whole[:end], 0o644); err != nil {
			t.Fatal(err)
		}
		wantLines(t, r, someLines[:4])
		h, err := r.OpenHistory()
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Append(someLines[4]); err != nil {
			t.Fatal(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		wantLines(t, r, someLines)
	}
}

func TestTruncateGoesBackToAStep(t *testing.T) {
	for _, test := range []struct{ step, keep int }{{-1, 0}, {0, 1}, {9, 1}, {10, 2}, {19, 2}, {20, 4}, {29, 4}, {30, 5}, {99, 5}} {
		r := newRun(t)
		h := openHistory(t, r)
		appendAll(t, h, someLines)
		before := h.Lines()
		if err := h.Truncate(test.step); err != nil {
			t.Fatal(err)
		}
		wantLines(t, r, append([]HistoryLine(nil), someLines[:test.keep]...))
		// The new lines may be longer or shorter than the removed ones.
		fresh := HistoryLine{Kind: TrainLine, Step: 31, Loss: 0.123456789}
		appendAll(t, h, []HistoryLine{fresh})
		wantLines(t, r, append(append([]HistoryLine(nil), someLines[:test.keep]...), fresh))
		if diff := cmp.Diff(someLines, before); diff != "" {
			t.Errorf("lines that were returned before have changed: %s", diff)
		}
	}
}

func TestBadLinesAreNotAppended(t *testing.T) {
	r := newRun(t)
	h := openHistory(t, r)
	appendAll(t, h, someLines[:3])
	for says, line := range map[string]HistoryLine{
		"loss is NaN":        {Kind: TrainLine, Step: 30, Loss: math.NaN()},
		"grad_norm is +Inf":  {Kind: TrainLine, Step: 30, GradNorm: math.Inf(1)},
		"step 19 after":      {Kind: TrainLine, Step: 19},
		"step is -1":         {Kind: TrainLine, Step: -1},
		`kind is "training"`: {Kind: "training", Step: 30},
	} {
		if says == "step 19 after" {
			says = "step 19 after step 20"
		}
		if err := h.Append(line); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error is %v, expected it to say %q", err, says)
		}
	}
	wantLines(t, r, someLines[:3])
}

func TestDamagedHistoryIsNamed(t *testing.T) {
	r := newRun(t)
	appendAll(t, openHistory(t, r), someLines)
	whole, err := os.ReadFile(r.Path(HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for name, bad := range map[string]string{
		"torn in the middle":  lines[2][:9] + "\n",
		"blank":               "\n",
		"null":                "null\n",
		"no kind":             `{"step":20}` + "\n",
		"earlier step":        `{"kind":"train","step":3}` + "\n",
		"zeros after a crash": strings.Repeat("\x00", 20) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			content := lines[0] + lines[1] + bad + lines[3]
			if err := os.WriteFile(r.Path(HistoryFile), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			var damaged *DamagedError
			if _, err := r.ReadHistory(); !errors.As(err, &damaged) || damaged.Line != 3 {
				t.Errorf("ReadHistory: %v, expected line 3", err)
			}
			if _, err := r.OpenHistory(); !errors.As(err, &damaged) || damaged.Line != 3 {
				t.Errorf("OpenHistory: %v, expected line 3", err)
			}
			if after, _ := os.ReadFile(r.Path(HistoryFile)); string(after) != content {
				t.Error("the damaged file was changed")
			}
		})
	}
}

func FuzzParseHistory(f *testing.F) {
	f.Add([]byte(`{"kind":"train","step":1,"loss":0.5}` + "\n" + `{"kind":"eval","step":1,"accuracy":1}` + "\n" + `{"ki`))
	f.Add([]byte("\n"))
	f.Add([]byte(`{"kind":"train","step":-1}` + "\n"))
	f.Add([]byte(`{"kind":"train","loss":1e999}` + "\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		var lines []HistoryLine
		var whole, bad int
		var err error
		memorytest.Bounded(t, len(content), func() { lines, whole, bad, err = parseHistory(content) })
		if err != nil {
			if bad < 1 || bad > bytes.Count(content, []byte("\n")) || lines != nil {
				t.Fatalf("line %d of the error %v", bad, err)
			}
			return
		}
		if whole > len(content) || bytes.IndexByte(content[whole:], '\n') >= 0 || bytes.Count(content[:whole], []byte("\n")) != len(lines) {
			t.Fatalf("%d bytes for %d lines", whole, len(lines))
		}
		// The lines can be written and read again.
		var text []byte
		for _, line := range lines {
			one, err := json.Marshal(line)
			if err != nil {
				t.Fatal(err)
			}
			text = append(append(text, one...), '\n')
		}
		again, size, _, err := parseHistory(text)
		if err != nil || size != len(text) || !cmp.Equal(again, lines) {
			t.Fatalf("written and read again: %v, %v", again, err)
		}
	})
}
