package runfolder

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

const childSizeLimit = "LORABOOK_TEST_SIZE_LIMIT"

// TestChildWithoutRoom appends to a history with space for a part of the line. Without the
// variables it does nothing.
func TestChildWithoutRoom(t *testing.T) {
	if os.Getenv(childSizeLimit) == "" {
		return
	}
	var limit uint64
	if _, err := fmt.Sscan(os.Getenv(childSizeLimit), &limit); err != nil {
		t.Fatal(err)
	}
	r, err := Create(os.Getenv(childRoot), "try", thePlan, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := r.OpenHistory()
	if err != nil {
		t.Fatal(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	if err := h.Append(someLines[3]); err == nil {
		t.Error("a line was appended without space")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := h.Append(someLines[4]); err != nil {
		t.Errorf("with enough space: %v", err)
	}
}

// A disk that is full in the middle of a line must not leave an incomplete line between others.
func TestAppendWithoutRoomLeavesNoPart(t *testing.T) {
	r := newRun(t)
	appendAll(t, openHistory(t, r), someLines[:3])
	info, err := os.Stat(r.Path(HistoryFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestChildWithoutRoom$")
	child.Env = append(os.Environ(), childRoot+"="+root(r), fmt.Sprintf("%s=%d", childSizeLimit, info.Size()+20))
	if out, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	wantLines(t, r, append(append([]HistoryLine(nil), someLines[:3]...), someLines[4]))
}
