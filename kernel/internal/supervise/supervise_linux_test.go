package supervise

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// family starts children as GoNB and its cells do: one in the group of the program that ignores
// signals, one in a session of its own, one that outlives its parent, one with neither the
// environment nor the group of the program. Each writes its number to a file.
const family = `
child='trap "" INT TERM HUP; echo $$ >"$0.new"; mv "$0.new" "$0"; while :; do sleep 0.1; done'
sh -c "$child" group &
setsid sh -c "$child" session &
(setsid sh -c "$child" orphan & )
(env -i PATH="$PATH" setsid sh -c "$child" bare & )
echo $$ >parent
wait`

var members = []string{"parent", "group", "session", "orphan", "bare"}

// started starts the family in a folder and waits until all of its members run.
func started(t *testing.T, dir string) *Process {
	t.Helper()
	cmd := exec.Command("sh", "-c", family)
	cmd.Dir = dir
	process, err := Start(cmd, dir)
	if err != nil {
		t.Fatal(err)
	}
	return process
}

// numbers waits for the files of all members.
func numbers(t *testing.T, dir string) map[string]int {
	t.Helper()
	found := make(map[string]int)
	for end := time.Now().Add(time.Minute); len(found) < len(members); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("only %v run", found)
		}
		for _, name := range members {
			text, _ := os.ReadFile(filepath.Join(dir, name))
			if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				found[name] = pid
			}
		}
	}
	return found
}

// running reports whether a process is there and no zombie.
func running(pid int) bool {
	state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(state), ") Z ")
}

// allEnd checks that the members end.
func allEnd(t *testing.T, pids map[string]int) {
	t.Helper()
	for name, pid := range pids {
		for end := time.Now().Add(30 * time.Second); running(pid); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("%s (%d) still runs", name, pid)
				_ = syscall.Kill(pid, syscall.SIGKILL)
				break
			}
		}
	}
}

// Every descendant has ended when Done is closed, whatever ends the program.
func TestDescendantsEnd(t *testing.T) {
	for name, end := range map[string]func(*Process){
		"Kill":                     (*Process).Kill,
		"the program gets SIGKILL": func(p *Process) { _ = syscall.Kill(p.Pid, syscall.SIGKILL) },
		"its group gets SIGTERM":   func(p *Process) { _ = p.Terminate() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p := started(t, dir)
			pids := numbers(t, dir)
			end(p)
			<-p.Done()
			for name, pid := range pids {
				if running(pid) {
					t.Errorf("%s still runs", name)
				}
			}
			if !strings.HasPrefix(p.State(), "signal: ") {
				t.Errorf("state %q", p.State())
			}
			if err := p.Interrupt(); !errors.Is(err, os.ErrProcessDone) {
				t.Errorf("an interrupt after the end: %v", err)
			}
		})
	}
}

// TestCallerIsKilled: a killed caller cannot end its program; the guard does, and removes the folder.
func TestCallerIsKilled(t *testing.T) {
	const dirEnv = "LORABOOK_TEST_CALLER_DIR"
	if dir := os.Getenv(dirEnv); dir != "" { // the caller, in a process of its own
		started(t, dir)
		fmt.Println("started")
		time.Sleep(time.Minute)
		return
	}
	dir := filepath.Join(t.TempDir(), "temporary")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	caller := exec.Command(os.Args[0], "-test.run=^TestCallerIsKilled$")
	caller.Env = append(os.Environ(), dirEnv+"="+dir)
	out, err := caller.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
		t.Fatalf("the caller printed %q", line)
	}
	pids := numbers(t, dir)
	_ = caller.Process.Kill()
	_ = caller.Wait()
	allEnd(t, pids)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			break
		} else if time.Now().After(end) {
			t.Fatalf("the folder stays: %v", err)
		}
	}
}

// TestGuardIsKilled: the caller ends the descendants that still have the variable of the guard.
func TestGuardIsKilled(t *testing.T) {
	dir := t.TempDir()
	p := started(t, dir)
	pids := numbers(t, dir)
	bare := pids["bare"] // without the variable, only the guard knows it
	delete(pids, "bare")
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var guard int
	if _, err := fmt.Sscanf(string(stat[strings.LastIndexByte(string(stat), ')')+4:]), "%d", &guard); err != nil {
		t.Fatal(err)
	}
	_ = syscall.Kill(guard, syscall.SIGKILL)
	<-p.Done()
	allEnd(t, pids)
	_ = syscall.Kill(bare, syscall.SIGKILL)
	if !strings.Contains(p.State(), "guard") {
		t.Errorf("state %q", p.State())
	}
}

// TestStates: exit states, output, environment and standard input are the program's own.
func TestStates(t *testing.T) {
	for script, want := range map[string]string{
		"exit 0": "exit status 0", "exit 3": "exit status 3", "kill -9 $$": "signal: killed", "kill -TERM $$": "signal: terminated",
		// The guard's signals are not ignored by the program, and its variables are not seen by it.
		`trap 'exit 7' TERM; kill -TERM $$`: "exit status 7", `env | grep LORABOOK_GUARD_ && exit 1; cat && exit 5`: "exit status 5",
		`test "$GIVEN" = value && exit 6`: "exit status 6",
	} {
		cmd := exec.Command("sh", "-c", script)
		cmd.Env = append(os.Environ(), "GIVEN=value")
		p, err := Start(cmd, "")
		if err != nil {
			t.Errorf("%s: %v", script, err)
		} else if state := p.State(); state != want {
			t.Errorf("%s: state %q, expected %q", script, state, want)
		}
	}
}

func TestNotStarted(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		"no-such-program-anywhere": exec.ErrNotFound, filepath.Join(dir, "missing"): os.ErrNotExist, text: syscall.ENOEXEC,
	} {
		if _, err := Start(exec.Command(path), ""); !errors.Is(err, want) {
			t.Errorf("%s: %v, expected %v", path, err, want)
		}
	}
}
