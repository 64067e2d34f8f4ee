package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kernelCommand prepares this command for a separate process.
func kernelCommand(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LORABOOK_TEST_AS_KERNEL=1")
	return cmd
}

func TestMain(m *testing.M) {
	if os.Getenv("LORABOOK_TEST_AS_KERNEL") != "" {
		os.Exit(execute(os.Args[1:]))
	}
	status := m.Run()
	endShared()
	os.Exit(status)
}

// workplace returns a folder with one notebook, whose kernel starts and sends no message.
func workplace(t *testing.T) string {
	t.Helper()
	dir, data := t.TempDir(), t.TempDir()
	t.Setenv("JUPYTER_PATH", data)
	t.Setenv("JUPYTER_DATA_DIR", data)
	for path, text := range map[string]string{
		filepath.Join(data, "kernels", "gonb", "kernel.json"): `{"argv":["/bin/sh","-c","sleep 100","{connection_file}"],"display_name":"Go (gonb)","language":"go"}`,
		filepath.Join(dir, "notebooks", "01-first.ipynb"): `{"nbformat":4,"nbformat_minor":4,"metadata":{"kernelspec":{"name":"gonb","display_name":"Go (gonb)"}},"cells":[
			{"cell_type":"code","metadata":{"tags":["parameters"]},"source":"var epochs = 2","execution_count":null,"outputs":[]}]}`,
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A name of a file cannot move the terminal's cursor.
func TestErrorsHoldNoEscapes(t *testing.T) {
	cmd := kernelCommand(t, workplace(t), "run", "--out", "out", "notebooks/\x1b[2J\u009b31mgone.ipynb")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "gone.ipynb") || strings.ContainsAny(string(out), "\x1b\u009b") {
		t.Errorf("%v: %q", err, out)
	}
}

// A listing of which a full disk took nothing is no success.
func TestUnwrittenOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("this system has no /dev/full: %v", err)
	}
	defer full.Close()
	for _, args := range [][]string{{"run", "--list"}, {"runs", "--help"}} {
		cmd := kernelCommand(t, workplace(t), args...)
		var problem strings.Builder
		cmd.Stdout, cmd.Stderr = full, &problem
		err := cmd.Run()
		if exit := (&exec.ExitError{}); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(problem.String(), "error: the output is incomplete: write /dev/stdout: no space left on device") {
			t.Errorf("%q: %v: %s", args, err, &problem)
		}
	}
}

func TestRunCommandLine(t *testing.T) {
	dir := workplace(t)
	for _, test := range []struct {
		args   string
		status int
		text   string
	}{
		{"run --list", 0, "notebooks/01-first.ipynb  \n    epochs int = 2\n"},
		{"run -p epochs=x", 1, "error: notebooks/01-first.ipynb: the parameter epochs is of type int"},
		{"run -p nothing=1", 1, `unknown parameter "nothing"`},
		{"run --out o --in-place", 1, "[in-place out]"},
		{"run --timeout soon", 1, "--timeout"},
		{"run nowhere.ipynb", 1, "nowhere.ipynb"},
		{"jump", 1, `unknown command "jump"`},
	} {
		out, err := kernelCommand(t, dir, strings.Fields(test.args)...).CombinedOutput()
		status := 0
		if exit, ok := err.(*exec.ExitError); ok {
			status = exit.ExitCode()
		}
		if status != test.status || !strings.Contains(string(out), test.text) {
			t.Errorf("%s: exit status %d, want %d, and in the output %q:\n%s", test.args, status, test.status, test.text, out)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
		t.Error("a wrong command line made the folder out")
	}
}

func TestSignalsEndTheRun(t *testing.T) {
	ends := map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143}
	if !signal.Ignored(syscall.SIGHUP) { // as below nohup
		ends[syscall.SIGHUP] = 129
	}
	for signal, status := range ends {
		cmd := kernelCommand(t, workplace(t), "run")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, _ := bufio.NewReader(out).ReadString('\n'); !strings.HasPrefix(line, "notebooks/01-first.ipynb") {
			t.Errorf("the run said %q", line)
		}
		start := time.Now()
		_ = cmd.Process.Signal(signal)
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != status {
			t.Errorf("%v: exit status %d, want %d", signal, got, status)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%v: it took %v", signal, took)
		}
	}
}

// TestSignalEndsFetch checks that Ctrl-C ends a running mvn and that no file remains.
func TestSignalEndsFetch(t *testing.T) {
	dir, bin := t.TempDir(), t.TempDir()
	t.Setenv("HF_HUB_OFFLINE", "1")
	t.Setenv("HF_HOME", t.TempDir())
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	if err := os.WriteFile(filepath.Join(bin, "mvn"), []byte("#!/bin/sh\nsleep 100\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := kernelCommand(t, dir, "fetch", "bert-base-cased", "models/bert")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "maven") {
	}
	start := time.Now()
	_ = cmd.Process.Signal(syscall.SIGINT)
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 || time.Since(start) > 10*time.Second {
		t.Errorf("exit status %d after %v, want 130", got, time.Since(start))
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 0 {
		t.Errorf("left %v", entries)
	}
}
