package runfolder

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A child process is this test binary; environment variables select TestChild.
const (
	childTask = "LORABOOK_TEST_CHILD"
	childRoot = "LORABOOK_TEST_ROOT"
)

// TestChild is the other process of the tests below. Without the variables it does nothing.
func TestChild(t *testing.T) {
	task := os.Getenv(childTask)
	if task == "" {
		return
	}
	if task == "hold" {
		holdBaseline(t)
	}
	r, err := Create(os.Getenv(childRoot), "try", thePlan, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	switch task {
	case "write":
		for i := 0; ; i++ {
			if err := r.Write(ReportFile, make([]int, 20_000+i)); err != nil {
				t.Fatal(err)
			}
		}
	case "append":
		h, err := r.OpenHistory()
		if err != nil {
			t.Fatal(err)
		}
		for step := len(h.Lines()) + 1; ; step++ {
			if err := h.Append(HistoryLine{Kind: TrainLine, Step: step, Loss: 0.1}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// holdBaseline holds the lock of the baseline until the process is killed.
func holdBaseline(t *testing.T) {
	r, err := Join(os.Getenv(childRoot), "try", thePlan, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Lock(t.Context(), BaselineFile, nil); err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready")
	time.Sleep(time.Hour)
}

// startChild returns when the child has locked the folder.
func startChild(t *testing.T, task, root string) (kill func()) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), childTask+"="+task, childRoot+"="+root)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		kill()
		t.Fatalf("the child said %q, %v", line, err)
	}
	return kill
}

// waitFor waits until the child reaches a state.
func waitFor(t *testing.T, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the other process does not proceed")
		}
	}
}

func TestSecondProcessFindsTheFolderBusy(t *testing.T) {
	dir := t.TempDir()
	kill := startChild(t, "write", dir)
	defer kill()
	_, err := Create(dir, "try", thePlan, Environment{})
	var busy *BusyError
	if !errors.As(err, &busy) || !strings.HasPrefix(busy.Holder, "process ") {
		t.Fatalf("error is %v", err)
	}
	reader, err := Open(dir, "try")
	if err != nil {
		t.Fatalf("a reader is refused: %v", err)
	}
	// The report is complete at every reading, while the child replaces it.
	waitFor(t, func() bool { return reader.Has(ReportFile) })
	for range 50 {
		var report []int
		if err := reader.Read(ReportFile, &report); err != nil || len(report) < 20_000 {
			t.Fatalf("%d numbers, %v", len(report), err)
		}
	}
}

func TestSecondWriterOfTheSameProcessFindsTheFolderBusy(t *testing.T) {
	r := newRun(t)
	var busy *BusyError
	if _, err := Create(root(r), "try", thePlan, Environment{}); !errors.As(err, &busy) {
		t.Errorf("error is %v", err)
	}
}

func TestKilledWriterLeavesWholeFilesAndNoLock(t *testing.T) {
	dir := t.TempDir()
	for round := range 5 {
		kill := startChild(t, "write", dir)
		time.Sleep(time.Duration(5+7*round) * time.Millisecond)
		kill()
	}
	r, err := Create(dir, "try", thePlan, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.Has(ReportFile) {
		var report []int
		if err := r.Read(ReportFile, &report); err != nil {
			t.Error(err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "try", ".*json*"))
	if err != nil || len(left) > 0 {
		t.Errorf("remaining files: %v, %v", left, err)
	}
}

func TestFilesOfKilledWritersAreRemoved(t *testing.T) {
	r := newRun(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	keep := []string{".notes.json", ".report.json.swp1", "report2.json", ".lock", ".env1", ".12",
		"adapter/adapter_config.json", "adapter/.saving-mine/x", "checkpoints/last.safetensors", "notes/.x.json1"}
	remove := []string{".report.json8391", ".history.jsonl12", "checkpoints/.last.safetensors77", "checkpoints/.start.safetensors1",
		"adapter/.saving-123/adapter_config.json", ".saving-9/model.safetensors", "adapter/.saving-7.locked/adapter_config.json", "head/.head.safetensors3", "model/.encoding.json5", "model/.vocab.txt6"}
	for _, name := range append(remove, keep...) {
		if err := os.MkdirAll(filepath.Dir(r.Path(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(r.Path(name), []byte("{"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Create(root(r), "try", thePlan, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, name := range remove {
		if again.Has(name) {
			t.Errorf("%s remains", name)
		}
	}
	if again.Has("adapter/.saving-123") || again.Has(".saving-9") {
		t.Error("an incomplete folder remains")
	}
	for _, name := range keep {
		if !again.Has(name) {
			t.Errorf("%s is missing, but was no temporary file", name)
		}
	}
}

// The first process of a run may be killed before its experiment.json has its name.
func TestRecordOfAKilledWriterIsRemoved(t *testing.T) {
	for name, open := range map[string]func(root, name string, experiment any, e Environment) (*Folder, error){"Create": Create, "Join": Join} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			left := filepath.Join(root, "try", ".experiment.json4749")
			if err := os.Mkdir(filepath.Dir(left), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(left, []byte("{"), 0o644); err != nil {
				t.Fatal(err)
			}
			r, err := open(root, "try", thePlan, Environment{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(left); !os.IsNotExist(err) || !r.Has(ExperimentFile) {
				t.Errorf("the file remains: %v", err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestHistoryOfAKilledWriterIsContinued(t *testing.T) {
	dir := t.TempDir()
	last := 0
	for range 3 {
		kill := startChild(t, "append", dir)
		waitFor(t, func() bool {
			reader, err := Open(dir, "try")
			if err != nil {
				return false
			}
			lines, err := reader.ReadHistory()
			if err != nil {
				t.Error(err)
			}
			return len(lines) > last
		})
		kill()
		r, err := Create(dir, "try", thePlan, Environment{})
		if err != nil {
			t.Fatal(err)
		}
		h, err := r.OpenHistory()
		if err != nil {
			t.Fatal(err)
		}
		lines := h.Lines()
		for i, line := range lines {
			if line.Step != i+1 {
				t.Fatalf("line %d is of step %d", i+1, line.Step)
			}
		}
		if len(lines) <= last {
			t.Fatalf("%d lines after %d", len(lines), last)
		}
		last = len(lines)
		h.Close()
		r.Close()
	}
}
