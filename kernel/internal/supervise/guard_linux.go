package supervise

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func init() {
	if program, ok := os.LookupEnv(guardEnv); ok {
		os.Exit(guard(program))
	}
}

// reportsFD is the descriptor of the pipe for the guard's reports.
const reportsFD = 3

// guard starts the program, waits for its end or the caller's, and ends all that the program
// started. It runs on the main thread, which lives as long as the process: PR_SET_PDEATHSIG is
// bound to the thread that starts the program.
func guard(program string) int {
	syscall.CloseOnExec(reportsFD)
	reports := os.NewFile(reportsFD, "reports")
	report := func(word string, value any) { fmt.Fprintln(reports, word, value) }

	// The signals are received and dropped: ignored ones would be ignored by the program, too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	folder, tag := os.Getenv(folderEnv), tagEnv+"="+os.Getenv(tagEnv)
	pid, err := startProgram(program)
	if err != nil {
		report(failedWord, errno(err))
		return 1
	}
	report(startedWord, pid)

	var orphaned atomic.Bool
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		orphaned.Store(true)
		_ = terminateGroup(pid)
		select {
		case <-ended:
		case <-time.After(2 * time.Second):
			_ = killGroup(pid)
		}
	}()

	var state syscall.WaitStatus
	for {
		var status syscall.WaitStatus
		switch child, err := syscall.Wait4(-1, &status, 0, nil); {
		case child == pid:
			state = status
		case err == nil || errors.Is(err, syscall.EINTR):
			continue
		}
		break
	}
	_ = killGroup(pid)
	close(ended)
	endAll(func() []int {
		for {
			if child, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); child <= 0 && !errors.Is(err, syscall.EINTR) {
				break
			}
		}
		return append(descendants(os.Getpid()), tagged(tag)...)
	}, limit)
	if orphaned.Load() && folder != "" {
		_ = os.RemoveAll(folder)
	}
	report(endedWord, stateText(state))
	return 0
}

// startProgram starts the program with the guard's arguments and environment, less the variables
// for the guard.
func startProgram(program string) (int, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return 0, err
	}
	input, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer input.Close()
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, guardEnv+"=") || strings.HasPrefix(variable, folderEnv+"=")
	})
	return syscall.ForkExec(program, os.Args, &syscall.ProcAttr{
		Env:   env,
		Files: []uintptr{input.Fd(), 1, 2},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL},
	})
}
