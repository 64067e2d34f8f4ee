package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/lorabook/lorabook/internal/loadtest"
)

// service is a process that serves.
type service struct {
	url   string
	first time.Duration // from the start of the process to its first answer
	cmd   *exec.Cmd
	log   *bytes.Buffer
	ended chan struct{} // closed when the process has ended, with err
	err   error
}

// freeAddress returns an address of the loopback with a port that was free a moment ago: both
// services take their port as an argument.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// start starts a service, which listens on the address, and waits for the answer to the first request
// of the client.
func start(ctx context.Context, address string, c *loadtest.Client, name string, arguments ...string) (*service, error) {
	s := &service{url: "http://" + address, cmd: exec.CommandContext(ctx, name, arguments...), log: &bytes.Buffer{}, ended: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.WaitDelay = 30 * time.Second
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	for {
		end, err := c.Ask(ctx, 0)
		if end == loadtest.Answered {
			s.first = time.Since(began)
			return s, nil
		}
		var status interface{ Timeout() bool }
		if end == loadtest.Failed && !errors.Is(err, syscall.ECONNREFUSED) && !errors.As(err, &status) {
			s.stop()
			return nil, fmt.Errorf("%s: the first request: %w\n%s", name, err, tail(s.log.Bytes()))
		}
		select {
		case <-s.ended:
			return nil, fmt.Errorf("%s ended before its first answer: %w\n%s", name, s.err, tail(s.log.Bytes()))
		case <-ctx.Done():
			s.stop()
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// waitReady waits until the service's /readyz answers 200.
func (s *service) waitReady(ctx context.Context) error {
	for {
		response, err := http.Get(s.url + "/readyz")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.ended:
			return fmt.Errorf("the service ended before it was ready: %w\n%s", s.err, tail(s.log.Bytes()))
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the process.
func (s *service) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(30 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
}

// tail returns the end of a log.
func tail(log []byte) []byte { return log[max(0, len(log)-4000):] }

// peakMemory returns the largest resident memory of a process so far, in bytes.
func peakMemory(process int) (int64, error) { return memory(process, "VmHWM") }

// memory returns a field of /proc/PROCESS/status, in bytes.
func memory(process int, field string) (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", process)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(`(?m)^` + field + `:\s+(\d+) kB$`).FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("%s has no %s", path, field)
	}
	kilobytes, err := strconv.ParseInt(string(found[1]), 10, 64)
	return kilobytes << 10, err
}

// watchMemory prints the resident memory of a process every ten seconds until it is stopped. Process 0
// is none.
func watchMemory(ctx context.Context, process int, out io.Writer) (stop func()) {
	if process == 0 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	begun := time.Now()
	go func() {
		defer close(done)
		for {
			if bytes, err := memory(process, "VmRSS"); err != nil {
				fmt.Fprintf(out, "memory: %v\n", err)
			} else {
				fmt.Fprintf(out, "%4.0f s: %d MB\n", time.Since(begun).Seconds(), bytes>>20)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(10 * time.Second):
			}
		}
	}()
	return func() { cancel(); <-done }
}
