package testenv

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// StartChild starts the test binary again, with arguments and further variables of the environment, as a
// process that prints a line and then reads its input, which is open until the test ends. It returns the
// line. The process is killed at the end of the test.
func StartChild(t testing.TB, arguments []string, variables ...string) (child *exec.Cmd, line string) {
	t.Helper()
	child = exec.Command(os.Args[0], arguments...)
	child.Env = append(os.Environ(), variables...)
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	if line, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return child, strings.TrimSpace(line)
}
