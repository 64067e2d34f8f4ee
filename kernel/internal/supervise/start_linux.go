package supervise

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// guardEnv makes a process the guard; its value is the path of the program.
	guardEnv = "LORABOOK_GUARD_OF"
	// folderEnv is the folder that the guard removes after the caller's end.
	folderEnv = "LORABOOK_GUARD_FOLDER"
	// tagEnv marks the program and all that it starts.
	tagEnv = "LORABOOK_GUARDED"
)

// Words of the guard's reports, one report a line.
const (
	startedWord = "started" // and the program's process number
	failedWord  = "failed"  // and the number of the system call's error
	endedWord   = "ended"   // and the program's exit state
)

// limit is the time for the end of all descendants.
const limit = 10 * time.Second

// start starts the guard, which starts the program.
func start(cmd *exec.Cmd, folder string) (pid int, wait func() string, err error) {
	alive, ours, err := os.Pipe() // ends with this process
	if err != nil {
		return 0, nil, err
	}
	defer alive.Close()
	reports, guards, err := os.Pipe()
	if err != nil {
		ours.Close()
		return 0, nil, err
	}
	defer guards.Close()
	abandon := func(err error) (int, func() string, error) {
		ours.Close()
		reports.Close()
		return 0, nil, err
	}

	tag := tagEnv + "=" + rand.Text()
	env := cmd.Environ()
	guard := exec.Command("/proc/self/exe")
	guard.Args = cmd.Args
	guard.Dir, guard.Stdout, guard.Stderr = cmd.Dir, cmd.Stdout, cmd.Stderr
	guard.Env = append(env, guardEnv+"="+cmd.Path, folderEnv+"="+folder, tag)
	guard.Stdin, guard.ExtraFiles = alive, []*os.File{guards}
	guard.WaitDelay = cmd.WaitDelay
	guard.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C in the terminal does not reach it
	if err := guard.Start(); err != nil {
		return abandon(fmt.Errorf("the guard cannot be started: %w", err))
	}
	guards.Close()
	lines := bufio.NewReader(reports)
	line, err := lines.ReadString('\n')
	word, value, _ := strings.Cut(strings.TrimSpace(line), " ")
	number, bad := strconv.Atoi(value)
	switch {
	case err == nil && bad == nil && word == startedWord:
	case err == nil && bad == nil && word == failedWord:
		err = &os.PathError{Op: "exec", Path: cmd.Path, Err: syscall.Errno(number)}
	default:
		err = fmt.Errorf("the guard cannot start it: it reports %q: %w", strings.TrimSpace(line), cmp.Or(err, bad, errors.New("an unknown word")))
	}
	if err != nil {
		_ = guard.Process.Kill()
		_ = guard.Wait()
		return abandon(err)
	}
	return number, func() string {
		rest, _ := io.ReadAll(lines)
		_ = guard.Wait()
		ours.Close()
		reports.Close()
		if state, ok := strings.CutPrefix(strings.TrimSpace(string(rest)), endedWord+" "); ok {
			return state
		}
		// The guard was killed.
		_ = killGroup(number)
		endAll(func() []int { return tagged(tag) }, limit)
		return "its guard ended with " + guard.ProcessState.String()
	}, nil
}

// endAll kills the processes that find returns, until there are none.
func endAll(find func() []int, limit time.Duration) {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		found := find()
		if len(found) == 0 {
			return
		}
		for _, pid := range found {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// stateText describes an exit state as os.ProcessState does.
func stateText(status syscall.WaitStatus) string {
	switch {
	case status.Signaled() && status.CoreDump():
		return "signal: " + status.Signal().String() + " (core dumped)"
	case status.Signaled():
		return "signal: " + status.Signal().String()
	}
	return "exit status " + strconv.Itoa(status.ExitStatus())
}

// errno is the number of a system call's error; EINVAL for another error.
func errno(err error) int {
	var number syscall.Errno
	if !errors.As(err, &number) {
		number = syscall.EINVAL
	}
	return int(number)
}
