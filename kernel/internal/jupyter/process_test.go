//go:build unix

package jupyter

import (
	"bufio"
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

// family is a kernel that starts a child which ignores SIGINT, and reports both.
const family = `sh -c 'trap "" INT; echo $$ >child; while :; do sleep 0.1; done' & echo $$ >parent; wait`

// member waits for a process to report itself in a file.
func member(t *testing.T, file string) int {
	t.Helper()
	for range 100 {
		text, _ := os.ReadFile(file)
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			return pid
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s was not written", file)
	return 0
}

// gone reports whether a process ends within five seconds.
func gone(pid int) bool {
	for range 100 {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil && syscall.Kill(pid, 0) != nil || strings.Contains(string(state), ") Z ") {
			return true
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

func TestKillTakesTheChildren(t *testing.T) {
	for name, end := range map[string]func(*osProcess){
		"kill": (*osProcess).kill,
		"the kernel itself is killed": func(p *osProcess) {
			_ = syscall.Kill(p.Pid, syscall.SIGKILL)
			<-p.done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			p, err := startProcess([]string{"/bin/sh", "-c", family}, dir, os.Environ(), filepath.Join(dir, "log"), "")
			if err != nil {
				t.Fatal(err)
			}
			parent, child := member(t, filepath.Join(dir, "parent")), member(t, filepath.Join(dir, "child"))
			end(p)
			if p.state() != "signal: killed" {
				t.Errorf("state %q", p.state())
			}
			for _, pid := range []int{parent, child} {
				if !gone(pid) {
					t.Errorf("process %d lives on", pid)
				}
			}
		})
	}
}

// A runner that is killed cannot tidy up; its kernel's guard does.
func TestKernelDoesNotOutliveAKilledRunner(t *testing.T) {
	const dirEnv = "LORABOOK_TEST_RUNNER_DIR"
	if dir := os.Getenv(dirEnv); dir != "" { // the runner, in a process of its own
		if _, err := startProcess([]string{"/bin/sh", "-c", family}, dir, os.Environ(), filepath.Join(dir, "log"), ""); err != nil {
			t.Fatal(err)
		}
		fmt.Println("started")
		time.Sleep(time.Minute)
		return
	}
	dir := t.TempDir()
	runner := exec.Command(os.Args[0], "-test.run=^TestKernelDoesNotOutliveAKilledRunner$")
	runner.Env = append(os.Environ(), dirEnv+"="+dir)
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	if line, _ := bufio.NewReader(out).ReadString('\n'); line != "started\n" {
		t.Fatalf("the runner said %q", line)
	}
	parent, child := member(t, filepath.Join(dir, "parent")), member(t, filepath.Join(dir, "child"))
	_ = runner.Process.Kill()
	_ = runner.Wait()
	for _, pid := range []int{parent, child} {
		if !gone(pid) {
			t.Errorf("process %d outlives its runner", pid)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
