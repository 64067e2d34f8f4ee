package label

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/progress"
)

// stopping is a pool that ends after some shards.
type stopping struct{ after int }

var errStopped = errors.New("stopped by the test")

func (s stopping) Label(ctx context.Context, job Job, shards iter.Seq2[Shard, error], write func(Block) error) error {
	n := 0
	return alone{}.Label(ctx, job, shards, func(b Block) error {
		if n++; n > s.after {
			return errStopped
		}
		return write(b)
	})
}

// begun returns the options of an output that was begun, with three shards of ten.
func begun(t *testing.T, dir string) Options {
	t.Helper()
	input := filepath.Join(dir, "in.jsonl")
	if err := os.Rename(strings.Replace(write(t, letters(100), 1), "*", "0", 1), input); err != nil {
		t.Fatal(err)
	}
	o := Options{Inputs: []string{input}, Output: filepath.Join(dir, "out.jsonl"), ShardTexts: 10, Pool: stopping{3}}
	if _, err := Run(t.Context(), classifier(t, data.SingleLabel), o); !errors.Is(err, errStopped) {
		t.Fatalf("%v, expected the error of the pool", err)
	}
	o.Pool = nil
	if r, err := ReadReport(o.Output); err != nil || r.Shards != 3 || r.Finished {
		t.Fatalf("%+v, %v: expected three shards", r, err)
	}
	return o
}

// Lines behind the last checkpoint, such as half of one, are written again.
func TestResume(t *testing.T) {
	o := begun(t, t.TempDir())
	partial, err := os.OpenFile(o.Output+partialSuffix, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := partial.WriteString(`{"row":31,"la`); err != nil || partial.Close() != nil {
		t.Fatal(err)
	}
	c := classifier(t, data.SingleLabel)
	report, content := labelled(t, c, o)
	whole := o
	whole.Output = filepath.Join(t.TempDir(), "out.jsonl")
	want, wanted := labelled(t, c, whole)
	if content != wanted || report.Counts.String() != want.Counts.String() {
		t.Errorf("a resumed output differs: %s, expected %s", report.Counts, want.Counts)
	}
	// A finished output stays as it is, and needs no classifier's answer.
	o.Pool = stopping{0}
	if again, err := Run(t.Context(), c, o); err != nil || again.Seconds != report.Seconds || !again.Finished {
		t.Errorf("%+v, %v: expected the report of the finished output", again, err)
	}
	// Another date of the same texts changes nothing.
	text := toytest.ReadFile(t, o.Inputs[0])
	if err := os.Remove(o.Inputs[0]); err != nil {
		t.Fatal(err)
	}
	toytest.WriteFile(t, o.Inputs[0], text)
	if _, err := Run(t.Context(), c, o); err != nil {
		t.Error(err)
	}
	toytest.WriteFile(t, o.Inputs[0], text+`{"text":"a"}`+"\n")
	if _, err := Run(t.Context(), c, o); !errors.As(err, new(*ChangedError)) || !strings.Contains(err.Error(), "more texts") {
		t.Errorf("%v, expected that there are more texts", err)
	}
	toytest.WriteFile(t, o.Inputs[0], text)
	toytest.ReplaceIn(t, o.Output, `"row":2,`, `"row":9,`) // as long as before
	if _, err := Run(t.Context(), c, o); err == nil || !strings.Contains(err.Error(), "something else changed them") {
		t.Errorf("%v, expected that the output was changed", err)
	}
	toytest.WriteFile(t, o.Output, "x")
	if _, err := Run(t.Context(), c, o); err == nil || !strings.Contains(err.Error(), "something else changed it") {
		t.Errorf("%v, expected that the output was changed", err)
	}
}

// An output without a line, such as after the error of its input, begins again with any settings.
func TestBeginAgain(t *testing.T) {
	o := begun(t, t.TempDir())
	again := o
	again.Output = filepath.Join(t.TempDir(), "out.jsonl")
	again.Inputs, again.Pool = []string{o.Inputs[0] + ".missing.jsonl"}, nil
	c := classifier(t, data.SingleLabel)
	if _, err := Run(t.Context(), c, again); err == nil {
		t.Fatal("a missing input was read")
	}
	again.Inputs, again.Lines.Text = o.Inputs, true
	report, err := Run(t.Context(), c, again)
	if err != nil || report.Counts.Texts != 100 || !report.Finished {
		t.Errorf("%+v, %v: expected 100 texts", report, err)
	}
}

func TestResumeRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, o *Options)
		want   string
	}{
		"a text":      {func(t *testing.T, o *Options) { toytest.ReplaceIn(t, o.Inputs[0], `"id":"t29"`, `"id":"tt9"`) }, "the first 30 texts"},
		"fewer texts": {func(t *testing.T, o *Options) { toytest.WriteFile(t, o.Inputs[0], `{"id":"t0","text":"a"}`+"\n") }, "fewer texts"},
		"the inputs":  {func(t *testing.T, o *Options) { o.Inputs = append(o.Inputs, o.Inputs[0]) }, "the inputs"},
		"the shards":  {func(t *testing.T, o *Options) { o.ShardTexts = 20 }, "begun with 10, now 20"},
		"the lines":   {func(t *testing.T, o *Options) { o.Lines.Text = true }, "the options of the lines"},
		"the columns": {func(t *testing.T, o *Options) { o.Opener.Columns.ID = data.NoColumn }, "the columns"},
		"the partial": {func(t *testing.T, o *Options) { toytest.WriteFile(t, o.Output+partialSuffix, "x") }, "its report says"},
		"equal bytes": {func(t *testing.T, o *Options) { toytest.ReplaceIn(t, o.Output+partialSuffix, `"row":2,`, `"row":9,`) }, "something else changed them"},
		"the report":  {func(t *testing.T, o *Options) { toytest.WriteFile(t, o.Output+reportSuffix, "{") }, "cannot be read"},
		"its format":  {func(t *testing.T, o *Options) { toytest.WriteFile(t, o.Output+reportSuffix, `{"format":99}`) }, "the format 99"},
	} {
		t.Run(name, func(t *testing.T) {
			o := begun(t, t.TempDir())
			test.change(t, &o)
			if _, err := Run(t.Context(), classifier(t, data.SingleLabel), o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, expected an error with %q", err, test.want)
			}
		})
	}
	t.Run("the model", func(t *testing.T) {
		o := begun(t, t.TempDir())
		c := classifier(t, data.SingleLabel)
		if err := c.Model().SetLabels([]string{"bad", "good", "fine"}); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(t.Context(), c, o); !errors.As(err, new(*ChangedError)) || !strings.Contains(err.Error(), "the classes") || !strings.Contains(err.Error(), "the digest of the model") {
			t.Errorf("%v, expected a *ChangedError about the model", err)
		}
	})
	t.Run("another process", func(t *testing.T) {
		o := begun(t, t.TempDir())
		m, err := Describe(classifier(t, data.SingleLabel))
		if err != nil {
			t.Fatal(err)
		}
		if err := o.complete(m); err != nil {
			t.Fatal(err)
		}
		other, err := begin(&o, m)
		if err != nil {
			t.Fatal(err)
		}
		defer other.close()
		if _, err := Run(t.Context(), classifier(t, data.SingleLabel), o); err == nil || !strings.Contains(err.Error(), "another process") {
			t.Errorf("%v, expected that another process writes the output", err)
		}
	})
}

// Inputs whose reading ends in the middle, with the context or without it, are no error of the iteration.
func TestTextsEnd(t *testing.T) {
	for _, cancels := range []bool{false, true} {
		ctx, cancel := context.WithCancel(t.Context())
		o := Options{Inputs: []string{write(t, letters(50), 2), write(t, letters(50), 1)}, Progress: progress.Nop}
		n := 0
		for _, err := range o.texts(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 7 {
				if cancels {
					cancel()
				}
				break
			}
		}
		cancel()
		if n != 7 {
			t.Errorf("%d texts were read, want 7", n)
		}
	}
}
