package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// safeBuffer is written by a server and read by the test.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestLabCommand opens the notebooks with a set parameter in JupyterLab: the page shows the
// copy, and the server ends with the command's context.
func TestLabCommand(t *testing.T) {
	machine := needLab(t)
	t.Chdir("..")
	copies, err := os.MkdirTemp(".", "lab-test-")
	copies = filepath.Clean(copies)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(copies) })
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := new(safeBuffer)
	ended := make(chan error, 1)
	go func() {
		ended <- openLab(ctx, labOptions{
			parameters: []string{"epochs=7"}, copies: copies, jupyter: filepath.Join(filepath.Dir(machine.jupyter), "jupyter-lab"),
		}, nil, []string{"--no-browser", "--allow-root", "--port=" + port, "--ServerApp.port_retries=0", "--IdentityProvider.token=secret"}, strings.NewReader(""), out)
	}()
	get := func(path string) (string, *http.Response) {
		response, err := http.Get("http://" + address + path + "?token=secret")
		if err != nil {
			return "", nil
		}
		defer response.Body.Close()
		text, _ := io.ReadAll(response.Body)
		return string(text), response
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		if _, response := get("/api"); response != nil {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("ended before it served: %v\n%s", err, out)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("does not serve:\n%s", out)
		}
	}
	if _, response := get("/"); response == nil || response.Request.URL.Path != "/lab/tree/"+copies+"/01-baseline.ipynb" {
		t.Errorf("its first page is %v", response.Request.URL)
	}
	if text, _ := get("/api/contents/" + copies + "/03-training.ipynb"); !strings.Contains(text, "epochs = 7") {
		t.Errorf("the copy that it shows has no parameter set: %.300s", text)
	}
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatalf("does not end:\n%s", out)
	}
	if _, response := get("/api"); response != nil {
		t.Error("the server outlives the command")
	}
}
