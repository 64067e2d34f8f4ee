package run

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A process in a session of its own survives its cell; it must not survive the notebook. A cell may
// kill GoNB, which then removes none of its files.
func TestGoNBLeavesNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a process with a session of its own is ended on Linux only")
	}
	useGoNB(t)
	const session = `!setsid sh -c 'echo $$ >"%s"; exec sleep 1000' >/dev/null 2>&1 </dev/null & while ! [ -s "%s" ]; do sleep 0.05; done; touch "$TMPDIR/left"`
	for name, last := range map[string]string{"clean end": "!true", "killed": "!kill -9 $PPID"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "pid")
			_, err := runCells(t, t.Context(), Options{}, codeCell(strings.ReplaceAll(session, "%s", file)), codeCell(last))
			if failed := err != nil; failed != (name == "killed") {
				t.Fatal(err)
			}
			pid, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if program, err := os.Readlink(filepath.Join("/proc", strings.TrimSpace(string(pid)), "exe")); err == nil {
				t.Errorf("process %s is left: %s", pid, program)
			}
		})
	}
}
