package runfolder

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// Writer names another process while it holds the lock, and none afterwards, even if the process
// number is in use again.
func TestWriter(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: only Linux reports which process has a file open")
	}
	dir := t.TempDir()
	kill := startChild(t, "write", dir)
	defer kill()
	r, err := Open(dir, "try")
	if err != nil {
		t.Fatal(err)
	}
	if holder, known := r.Writer(); !strings.HasPrefix(holder, "process ") || !known {
		t.Errorf("%q, %v while a process writes", holder, known)
	}
	kill()
	if holder, known := r.Writer(); holder != "" || !known {
		t.Errorf("%q, %v after it was killed", holder, known)
	}
	kill = startChild(t, "hold", dir)
	if holder, known := r.Writer(); !strings.HasPrefix(holder, "process ") || !known {
		t.Errorf("%q, %v while a process computes the baseline", holder, known)
	}
	kill()
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		fmt.Sprintf("process %d on %s", os.Getpid(), host): "",
		"process 1 on " + host + "-2":                      "process 1 on " + host + "-2",
		"":                                                 "",
	} {
		if err := os.WriteFile(r.Path(LockFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if holder, known := r.Writer(); holder != want || known != (want == "") {
			t.Errorf("%q: %q, %v", text, holder, known)
		}
	}
}

func TestInputsAreCopies(t *testing.T) {
	r := newRun(t)
	r.record.Inputs = map[string]map[string]string{"data": {"test": "1"}}
	r.Inputs()["data"]["test"] = "2"
	if r.Inputs()["data"]["test"] != "1" {
		t.Error("the record was changed")
	}
}
