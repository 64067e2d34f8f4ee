package notebook

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// catchExit replaces the end of the program for one test.
func catchExit(t *testing.T) (text *strings.Builder, status *int) {
	oldStderr, oldExit := stderr, exit
	t.Cleanup(func() { stderr, exit = oldStderr, oldExit })
	text, status = &strings.Builder{}, new(int)
	stderr, exit = text, func(code int) { *status = code }
	return text, status
}

func TestMust(t *testing.T) {
	text, status := catchExit(t)
	if got := Must(7, nil); got != 7 || text.Len() > 0 || *status != 0 {
		t.Errorf("%d, %q, status %d", got, text, *status)
	}
	Must(7, errors.New("run folder: no space left"))
	if text.String() != "run folder: no space left\n" || *status != 1 {
		t.Errorf("%q, status %d", text, *status)
	}
}

// TestContext runs this test in a second process, which the first interrupt cancels and the
// second ends.
func TestContext(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be sent an interrupt on Windows")
	}
	if os.Getenv("LORABOOK_TEST_CONTEXT") != "" {
		ctx := Context()
		if ctx != Context() {
			t.Fatal("a second context")
		}
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"first", "second"} {
			println(text)
			if err := self.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Second):
				t.Fatal("not cancelled")
			}
			time.Sleep(200 * time.Millisecond) // the default effect is restored
		}
		t.Fatal("the second interrupt did not end the program")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestContext$")
	cmd.Env = append(os.Environ(), "LORABOOK_TEST_CONTEXT=1")
	text, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	if !errors.As(err, &ended) || !strings.Contains(string(text), "second") {
		t.Fatalf("%v\n%s", err, text)
	}
	if status, ok := ended.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
		t.Errorf("%v, expected the end by an interrupt\n%s", err, text)
	}
}
