package progress

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// clockAt is a clock that stands until it is set on.
type clockAt struct{ now time.Time }

func (c *clockAt) pass(d time.Duration) { c.now = c.now.Add(d) }

func newTestLog(every time.Duration) (*logProgress, *strings.Builder, *clockAt) {
	var out strings.Builder
	c := &clockAt{now: time.Unix(1_000_000, 0)}
	return &logProgress{w: &out, every: every, now: func() time.Time { return c.now }}, &out, c
}

func TestLogSpeaksNowAndThen(t *testing.T) {
	log, out, clock := newTestLog(10 * time.Second)
	train := log.Begin("train", 100, 0)
	for step := 1; step <= 50; step++ {
		clock.pass(time.Second)
		train.Update(Status{Done: step, Loss: 0.5, TokensPerSecond: 1234.4})
	}
	log.Note("step 50: accuracy 80.0 %")
	train.End()
	train.End()
	train.Update(Status{Done: 60})
	want := `train: 0/100 begun
train: 10/100 loss 0.5000, 1,234 tokens/s, 1:30 left
train: 20/100 loss 0.5000, 1,234 tokens/s, 1:20 left
train: 30/100 loss 0.5000, 1,234 tokens/s, 1:10 left
train: 40/100 loss 0.5000, 1,234 tokens/s, 1:00 left
train: 50/100 loss 0.5000, 1,234 tokens/s, 0:50 left
step 50: accuracy 80.0 %
train: 50/100 ended after 0:50, loss 0.5000, 1,234 tokens/s
`
	if out.String() != want {
		t.Errorf("log says\n%s\nexpected\n%s", out, want)
	}
}

// 900 steps of an earlier process must not make the last 100 look quick.
func TestTimeLeftCountsOnlyTheStepsOfThisProcess(t *testing.T) {
	log, out, clock := newTestLog(0)
	train := log.Begin("train", 1000, 900)
	clock.pass(50 * time.Minute)
	train.Update(Status{Done: 925})
	if !strings.Contains(out.String(), "train: 900/1000 resumed\n") || !strings.Contains(out.String(), "train: 925/1000 2:30:00 left\n") {
		t.Errorf("log says\n%s", out)
	}
}

// Texts that are sorted by length take unequal times: the costs count, not the steps.
func TestTimeLeftByCosts(t *testing.T) {
	log, out, clock := newTestLog(0)
	evaluate := log.Begin("evaluate", 100, 0)
	clock.pass(time.Minute)
	evaluate.Update(Status{Done: 50, Cost: 10, CostLeft: 90})
	clock.pass(9 * time.Minute)
	evaluate.Update(Status{Done: 100, Cost: 100})
	if want := "evaluate: 0/100 begun\nevaluate: 50/100 9:00 left\nevaluate: 100/100 \n"; out.String() != want {
		t.Errorf("log says\n%s\nexpected\n%s", out, want)
	}
}

func TestLogOfAnUnknownLength(t *testing.T) {
	log, out, clock := newTestLog(0)
	task := log.Begin("read", 0, 0)
	clock.pass(time.Second)
	task.Update(Status{Done: 7, Accuracy: 0.5})
	task.End()
	want := "read: 0 begun\nread: 7 accuracy 50.0 %\nread: 7 ended after 0:01, accuracy 50.0 %\n"
	if out.String() != want {
		t.Errorf("log says\n%s\nexpected\n%s", out, want)
	}
}

// screen is what a terminal, or a notebook, shows of text with carriage
// returns: later text overwrites earlier.
func screen(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		var cells []rune
		at := 0
		for _, r := range line {
			if r == '\r' {
				at = 0
				continue
			}
			if at == len(cells) {
				cells = append(cells, r)
			} else {
				cells[at] = r
			}
			at++
		}
		lines = append(lines, strings.TrimRight(string(cells), " "))
	}
	return lines
}

func TestBarShowsTheLastNumbersOnItsLine(t *testing.T) {
	var out strings.Builder
	bar := NewBar(&out, time.Hour) // the throttle holds back all but the first and the last
	train := bar.Begin("train", 40, 0)
	for step := 1; step <= 30; step++ {
		train.Update(Status{Done: step, Loss: 1 / float64(step), TokensPerSecond: 2000})
	}
	train.End() // stopped early
	train.End()
	lines := screen(out.String())
	if len(lines) != 2 || lines[1] != "" {
		t.Fatalf("the screen shows %q", lines)
	}
	for _, part := range []string{"train", "30/40", "75%", "loss 0.0333", "2,000 tokens/s", "left"} {
		if !strings.Contains(lines[0], part) {
			t.Errorf("the line %q lacks %q", lines[0], part)
		}
	}
	if strings.Count(out.String(), "%") > 2 {
		t.Errorf("the throttle held nothing back: %q", out.String())
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("the bar uses control codes that notebooks do not know")
	}
}

func TestBarsNest(t *testing.T) {
	var out strings.Builder
	bar := NewBar(&out, 0)
	train := bar.Begin("train", 4, 0)
	train.Update(Status{Done: 2, Loss: 0.5})
	eval := bar.Begin("evaluate", 2, 0)
	train.Update(Status{Done: 3, Loss: 0.4}) // not shown while the inner one is
	eval.Update(Status{Done: 1, Accuracy: 0.75})
	eval.Update(Status{Done: 2, Accuracy: 0.75})
	eval.End()
	bar.Note("step 2: accuracy 75.0 %")
	train.Update(Status{Done: 4, Loss: 0.3})
	final := bar.Begin("evaluate", 2, 0)
	final.Update(Status{Done: 1})
	final.End()
	train.End()
	lines := screen(out.String())
	want := []string{"step 2: accuracy 75.0 %", "train", ""}
	if len(lines) != len(want) {
		t.Fatalf("the screen shows %q", lines)
	}
	for i, text := range want {
		if !strings.Contains(lines[i], text) || (text == "") != (lines[i] == "") {
			t.Errorf("line %d is %q, expected it to hold %q", i, lines[i], text)
		}
	}
	if !strings.Contains(lines[1], "4/4") || !strings.Contains(lines[1], "loss 0.3000") {
		t.Errorf("the screen shows %q", lines)
	}
	for _, part := range []string{"evaluate", "1/2"} { // it was there, and was cleared
		if !strings.Contains(out.String(), part) {
			t.Errorf("the inner bar never showed %q", part)
		}
	}
}

// TestInnerBarLeavesNothing: whatever the throttle let through, the line is clean
// when the inner task has ended.
func TestInnerBarLeavesNothing(t *testing.T) {
	for _, every := range []time.Duration{0, time.Hour} {
		var out strings.Builder
		bar := NewBar(&out, every)
		bar.Begin("train", 4, 0)
		eval := bar.Begin("evaluate", 2, 0)
		eval.Update(Status{Done: 1})
		eval.Update(Status{Done: 2})
		eval.End()
		bar.Note("done")
		if lines := screen(out.String()); lines[0] != "done" {
			t.Errorf("every %v: the screen shows %q", every, lines)
		}
	}
}

func TestBarOfAnUnknownLength(t *testing.T) {
	var out strings.Builder
	task := NewBar(&out, 0).Begin("read", 0, 0)
	task.Update(Status{Done: 123})
	task.End()
	if lines := screen(out.String()); !strings.Contains(lines[0], "123") {
		t.Errorf("the screen shows %q", lines)
	}
}

func TestProgressFitsWhereItGoes(t *testing.T) {
	if New(nil) != Nop {
		t.Error("without a writer it should be Nop")
	}
	if _, ok := New(&strings.Builder{}).(*logProgress); !ok {
		t.Error("to a writer that is no terminal it should log")
	}
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	t.Setenv("GONB_PIPE", "/tmp/pipe")
	if _, ok := New(file).(*logProgress); !ok {
		t.Error("to a file it should log, in a notebook too")
	}
	if _, ok := New(os.Stdout).(*barProgress); !ok {
		t.Error("to a notebook's output it should be a bar")
	}
	task := Nop.Begin("x", 1, 0)
	task.Update(Status{Done: 1})
	Nop.Note("x")
	task.End()
}

func TestProgressFromSeveralGoroutines(t *testing.T) {
	for _, p := range []Progress{NewBar(&strings.Builder{}, 0), NewLog(&strings.Builder{}, 0)} {
		var all sync.WaitGroup
		task := p.Begin("work", 400, 0)
		for range 4 {
			all.Go(func() {
				for i := range 100 {
					task.Update(Status{Done: i})
					if i%50 == 0 {
						inner := p.Begin("inner", 1, 0)
						p.Note("note")
						inner.End()
					}
				}
			})
		}
		all.Wait()
		task.End()
	}
}
