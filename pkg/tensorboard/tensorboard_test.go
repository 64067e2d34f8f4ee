package tensorboard

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// fixtures are run folders of an earlier version.
const fixtures = "../finetune/testdata/runs"

// open copies a fixture and opens it.
func open(t *testing.T, name string) *runfolder.Folder {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, name), os.DirFS(filepath.Join(fixtures, name))); err != nil {
		t.Fatal(err)
	}
	folder, err := runfolder.Open(root, name)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func history(t *testing.T, folder *runfolder.Folder) []runfolder.HistoryLine {
	t.Helper()
	lines, err := folder.ReadHistory()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// expected are the scalars of a history of a fine-tuning, in toytest.Events' form.
func expected(lines []runfolder.HistoryLine) []string {
	var out []string
	for _, l := range lines {
		add := func(tag string, value float64) {
			out = append(out, fmt.Sprint(tag, " ", l.Step, " ", float32(value)))
		}
		if l.Kind == runfolder.EvalLine {
			add("eval/loss", l.Loss)
			add("eval/accuracy", l.Accuracy)
			continue
		}
		add("train/loss", l.Loss)
		add("train/learning_rate", l.LearningRate)
		add("train/grad_norm", l.GradNorm)
		add("train/epoch", l.Epoch)
		add("train/tokens_per_second", l.TokensPerSecond)
	}
	return out
}

// TensorBoard reads every number of the history, at its step and time, and the settings.
func TestWriteAgainstTensorBoard(t *testing.T) {
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("SKIPPED: no event file was read by TensorBoard: set LORABOOK_PYTHON to a Python with the package tensorboard")
	}
	if err := exec.Command(python, "-c", "import tensorboard").Run(); err != nil {
		t.Skipf("SKIPPED: no event file was read by TensorBoard: %s has no package tensorboard: install it with pip", python)
	}
	folder := open(t, "finished")
	out := filepath.Join(t.TempDir(), "events", "run")
	path, err := Write(folder, out)
	if err != nil {
		t.Fatal(err)
	}
	read := func() (content struct {
		Scalars map[string][][3]float64
		Texts   map[string]string
	}, err error) {
		cmd := exec.Command(python, filepath.Join("testdata", "read_events.py"), out)
		cmd.Stderr = os.Stderr
		text, err := cmd.Output()
		if err == nil {
			err = json.Unmarshal(text, &content)
		}
		return content, err
	}
	got, err := read()
	if err != nil {
		t.Fatal(err)
	}
	lines := history(t, folder)
	var scalars, want []string
	for tag, events := range got.Scalars {
		for _, e := range events {
			scalars = append(scalars, fmt.Sprint(tag, " ", e[0], " ", float32(e[1])))
		}
	}
	want = expected(lines)
	slices.Sort(scalars)
	slices.Sort(want)
	if !slices.Equal(scalars, want) || len(want) == 0 {
		t.Errorf("TensorBoard reads %q, expected %q", scalars, want)
	}
	first, last := got.Scalars["train/loss"][0], got.Scalars["train/loss"][7]
	if took, want := last[2]-first[2], lines[8].Elapsed-lines[0].Elapsed; math.Abs(took-want) > 1e-3 {
		t.Errorf("the training takes %v s in TensorBoard, expected %v", took, want)
	}
	if text := got.Texts["experiment"]; !strings.Contains(text, "| training.learning_rate | `0.001` |\n") {
		t.Errorf("settings\n%s", text)
	}
	// TensorBoard verifies the checksums, so that the equality above includes them.
	toytest.FlipLast(t, path)
	if again, err := read(); err == nil && len(again.Scalars["eval/loss"]) == len(got.Scalars["eval/loss"]) {
		t.Error("TensorBoard reads a file with a wrong checksum")
	}
}

// The events are those of the history, without TensorBoard; a second file replaces the first.
func TestWrite(t *testing.T) {
	for _, name := range []string{"finished", "stopped"} {
		folder := open(t, name)
		out := t.TempDir()
		first, err := Write(folder, out)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Write(folder, out)
		if err != nil || filepath.Base(second) <= filepath.Base(first) {
			t.Errorf("%s follows %s: %v", second, first, err)
		}
		if got, want := toytest.Events(t, out), expected(history(t, folder)); !slices.Equal(got, want) {
			t.Errorf("%s: events %q, expected %q", name, got, want)
		}
	}
	folder := open(t, "stopped")
	if err := os.Remove(folder.Path(runfolder.HistoryFile)); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	if _, err := Write(folder, out); err == nil || !strings.Contains(err.Error(), "has no lines yet") {
		t.Errorf("without a history: %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("without a history the folder was made")
	}
	if err := Update(folder); err != nil {
		t.Errorf("without a history: %v", err)
	}
}

// A pre-training without a measured accuracy has no events of it.
func TestUnmeasured(t *testing.T) {
	dir := t.TempDir()
	folder, err := runfolder.Create(dir, "texts", map[string]any{"texts": []string{"a"}}, runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	l, err := Begin(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []runfolder.HistoryLine{{Kind: runfolder.EvalLine, Loss: 2}, {Kind: runfolder.TrainLine, Step: 1, Loss: 1}} {
		if err := l.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(toytest.Events(t, folder.Dir()), "; "); got != "eval/loss 0 2; train/loss 1 1; train/learning_rate 1 0; train/epoch 1 0" {
		t.Errorf("events %s", got)
	}
}

// A process that resumes from an earlier step leaves one event per step, and other files stay.
func TestLogResumes(t *testing.T) {
	folder := open(t, "finished")
	lines := history(t, folder)
	other := folder.Path("events.out.tfevents.123.host.7.0")
	l, err := Begin(folder, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[:6] {
		if err := l.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if l, err = Begin(folder, lines[:3]); err != nil {
		t.Fatal(err)
	}
	for _, line := range lines[3:] {
		if err := l.Add(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(other); err != nil {
		t.Errorf("another program's event file: %v", err)
	}
	if got, want := toytest.Events(t, folder.Dir()), expected(lines); !slices.Equal(got, want) {
		t.Errorf("events %q, expected %q", got, want)
	}
}

// Update writes a file only if the history is newer.
func TestUpdate(t *testing.T) {
	folder := open(t, "finished")
	name := func() string {
		if err := Update(folder); err != nil {
			t.Fatal(err)
		}
		files, err := earlier(folder.Dir())
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		return files[0]
	}
	first := name()
	if second := name(); second != first {
		t.Errorf("%s was written again as %s", first, second)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(folder.Path(runfolder.HistoryFile), later, later); err != nil {
		t.Fatal(err)
	}
	if second := name(); second == first {
		t.Error("a newer history was not written")
	}
}
