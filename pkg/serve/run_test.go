package serve

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestRunDrains: a request that runs when the context ends is answered before the service closes, and
// no other is accepted.
func TestRunDrains(t *testing.T) {
	f := newFake()
	began, may := make(chan struct{}), make(chan struct{})
	f.answer = func(ctx context.Context) error {
		close(began)
		<-may
		return ctx.Err()
	}
	h := handlerOf(t, f, Options{Logger: quiet()})
	listener, err := Listen("127.0.0.1:0", Access{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	closed := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- Run(ctx, listener, h, RunOptions{Close: func(context.Context) error { close(closed); return errors.New("closed") }})
	}()
	status := make(chan int, 1)
	go func() {
		response, err := http.Post("http://"+listener.Addr().String()+"/v1/classify", "application/json", strings.NewReader(small))
		if err != nil {
			t.Error(err)
			status <- 0
			return
		}
		response.Body.Close()
		status <- response.StatusCode
	}()
	<-began
	cancel()
	for !h.draining.Load() {
		time.Sleep(time.Millisecond)
	}
	post(t, h, small).problem(t, kindDraining)
	select {
	case <-closed:
		t.Error("the service was closed before its last answer")
	case <-status:
		t.Error("the answer came before the service had it")
	default:
	}
	close(may)
	if got := <-status; got != http.StatusOK {
		t.Errorf("the running request was answered with %d", got)
	}
	if err := <-ended; err == nil || err.Error() != "closed" {
		t.Errorf("Run returned %v", err)
	}
	<-closed
}

// TestRunCutsOff: a request that does not end within DrainTimeout is cut off, with an error.
func TestRunCutsOff(t *testing.T) {
	f := newFake()
	began, cut := make(chan struct{}), make(chan struct{})
	f.answer = func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		close(cut)
		return ctx.Err()
	}
	h := handlerOf(t, f, Options{Logger: quiet()})
	listener, err := Listen("127.0.0.1:0", Access{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, listener, h, RunOptions{DrainTimeout: 10 * time.Millisecond}) }()
	go func() {
		response, err := http.Post("http://"+listener.Addr().String()+"/v1/classify", "application/json", strings.NewReader(small))
		if err == nil {
			response.Body.Close()
		}
	}()
	<-began
	cancel()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "cut requests off") {
		t.Errorf("%v", err)
	}
	<-cut
}

// TestRunFails: an error of the listener ends Run.
func TestRunFails(t *testing.T) {
	listener, err := Listen("127.0.0.1:0", Access{})
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	if err := Run(t.Context(), listener, handlerOf(t, newFake(), Options{Logger: quiet()}), RunOptions{}); err == nil {
		t.Error("a closed listener is no error")
	}
}
