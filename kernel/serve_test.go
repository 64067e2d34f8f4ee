package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lorabook/lorabook/internal/hub/hubtest"
)

// serving is a process of `kernel serve`.
type serving struct {
	*exec.Cmd
	url string
	log *bufio.Scanner // standard error
}

// startServe starts `kernel serve` in the folder of pkg/finetune, in which the model's path of its
// committed run is valid, and waits for its address.
func startServe(t *testing.T, args ...string) *serving {
	t.Helper()
	return startServeOn(t, "go:parallelism=-1", append([]string{"--no-warm-up"}, args...)...)
}

// startServeOn is startServe with a warm-up and a value of GOMLX_BACKEND.
func startServeOn(t *testing.T, backend string, args ...string) *serving {
	t.Helper()
	cmd := kernelCommand(t, filepath.Join("..", "pkg", "finetune"), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(cmd.Env, "GOMLX_BACKEND="+backend, "LORABOOK_TOKEN=")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		text, _ := io.ReadAll(log)
		t.Fatalf("no address: %v\n%s", err, text)
	}
	return &serving{cmd, strings.TrimSpace(line), bufio.NewScanner(log)}
}

// await reads the log up to a line with the text.
func (s *serving) await(t *testing.T, text string) {
	t.Helper()
	var seen []string
	for s.log.Scan() {
		if seen = append(seen, s.log.Text()); strings.Contains(s.log.Text(), text) {
			return
		}
	}
	t.Fatalf("the log ends without %q:\n%s", text, strings.Join(seen, "\n"))
}

const serveBody = `{"inputs": ["a film", "k b k"], "top_k": 1}`

// TestServe: the process answers with a run's adapter, and ends with status 0 after SIGTERM; a request
// that it has begun to read is answered first.
func TestServe(t *testing.T) {
	s := startServe(t, "letters=testdata/runs/finished")
	s.await(t, "msg=ready adapters=1")
	response, err := http.Post(s.url+"/v1/classify", "application/json", strings.NewReader(serveBody))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Answers []struct {
			Adapter, Label string
			Scores         []struct{ Score float64 }
		}
	}
	err = json.NewDecoder(response.Body).Decode(&got)
	response.Body.Close()
	if err != nil || len(got.Answers) != 2 || got.Answers[0].Adapter != "letters" || got.Answers[0].Label == "" || len(got.Answers[1].Scores) != 1 {
		t.Fatalf("%d: %+v, %v", response.StatusCode, got, err)
	}

	connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(serveBody))
	from := bufio.NewReader(connection)
	if line, err := from.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	if line, err := from.ReadString('\n'); err != nil || line != "\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := s.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.await(t, "msg=draining")
	fmt.Fprint(connection, serveBody)
	response, err = http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK || !json.Valid(body) {
		t.Errorf("%d: %s, %v", response.StatusCode, body, err)
	}
	for s.log.Scan() {
	}
	if err := s.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
}

// TestServeWatches: adapters come and go with the folders of the watched one.
func TestServeWatches(t *testing.T) {
	dir := t.TempDir()
	s := startServe(t, "--model", "../bert/testdata/encoder/tiny", "--watch", dir, "--watch-every", "5ms", "--log-json")
	s.await(t, `"msg":"ready"`)
	adapter := filepath.Join("..", "pkg", "finetune", "testdata", "runs", "finished", "adapter")
	if err := os.CopyFS(filepath.Join(dir, "letters"), os.DirFS(adapter)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "damaged"), os.DirFS(adapter)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "damaged", "adapter_model.safetensors"), 100); err != nil {
		t.Fatal(err)
	}
	// The two are loaded in either order, and may be seen while they are copied.
	loaded, refused := false, false
	for !(loaded && refused) && s.log.Scan() {
		line := s.log.Text()
		loaded = loaded || strings.Contains(line, `"msg":"loaded an adapter","adapter":"letters"`)
		refused = refused || strings.Contains(line, `"msg":"an adapter could not be loaded`) && strings.Contains(line, `"adapter":"damaged"`)
	}
	if !loaded || !refused {
		t.Fatalf("the log ends: loaded %v, refused %v", loaded, refused)
	}
	response, err := http.Post(s.url+"/v1/classify", "application/json", strings.NewReader(`{"inputs": "a film", "adapter": "letters"}`))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the loaded adapter answers %d", response.StatusCode)
	}
	if err := os.RemoveAll(filepath.Join(dir, "letters")); err != nil {
		t.Fatal(err)
	}
	s.await(t, "unloaded an adapter")
}

// TestServeRefuses: wrong command lines, each with what to do.
func TestServeRefuses(t *testing.T) {
	t.Setenv("LORABOOK_TOKEN", "")
	run := filepath.Join("..", "pkg", "finetune", "testdata", "runs", "finished")
	short := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(short, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		want string
	}{
		{"", "go run ./kernel serve runs/imdb"},
		{"--watch x", "--model MODEL"},
		{"=x", "NAME=RUN"},
		{"a=", "NAME=RUN"},
		{"__base__=x", "choose another name"},
		{"a=x a=y", "x and y have the name \"a\""},
		{"x/one y/one", "have the name \"one\""},
		{run + " --listen 0.0.0.0:0", "there is no token"},
		{run + " --listen 127.0.0.1", "HOST:PORT"},
		{run + " --token-file " + short, "at least 16"},
		{run + " --token-file nowhere", "nowhere"},
		{run + " --rate -1", "--rate"},
		{run + " --burst 3", "--rate"},
		{run + " --timeout 0s", "--timeout"},
		{run + " --max-body 0", "--max-body"},
		{"a=" + run + " --labels neg,pos", "expected NAME=neg,pos"},
		{"a=" + run + " --labels b=neg,pos", `no adapter has the name "b", expected one of ["a"]`},
		{"a=" + run + " --labels a=x,y --labels a=u,v", "names \"a\" twice"},
		{"a=" + run + " --task a=", "NAME=multi_label_classification"},
		{"a=" + run + " --task a=poetry --listen 127.0.0.1:0", "Task is \"poetry\""},
		{run + " --watch-every 0s", "--watch-every"},
		{"nowhere --listen 127.0.0.1:0", "nowhere"},
		{"--model x --watch nowhere --listen 127.0.0.1:0", "--watch: open nowhere"},
	} {
		t.Run(test.args, func(t *testing.T) {
			if _, err := command(t, append([]string{"serve"}, strings.Fields(test.args)...)...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, expected an error with %q", err, test.want)
			}
		})
	}
}

// TestNamedFolders: the names of folders without one.
func TestNamedFolders(t *testing.T) {
	got, err := namedFolders([]string{"runs/imdb/", "b=x", "c/adapter", "d/e=f", "./g", "owner/name@refs/pr/1", "h=owner/name@v1"})
	want := map[string]string{"imdb": "runs/imdb/", "b": "x", "c": "c/adapter", "e=f": "d/e=f", "g": "./g", "name": "owner/name@refs/pr/1", "h": "owner/name@v1"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestServeFromHub: an adapter of the hub, by name and revision, that equals its merged weights, with its
// place in /v1/models.
func TestServeFromHub(t *testing.T) {
	adapter := filepath.Join("..", "pkg", "finetune", "testdata", "runs", "finished", "adapter")
	files := map[string][]byte{}
	for _, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		content, err := os.ReadFile(filepath.Join(adapter, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = content
	}
	hubtest.Serve(t, "models/owner/letters", files)
	s := startServe(t, "--check-merged", "--labels", "letters=low,mid,top", "owner/letters@v1")
	s.await(t, "msg=ready adapters=1")
	response, err := http.Get(s.url + "/v1/models")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got struct {
		Adapters []struct {
			Name, Repository, Commit, Version string
			Labels                            []string
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil || len(got.Adapters) != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if a := got.Adapters[0]; a.Name != "letters" || a.Repository != "owner/letters" || a.Commit != hubtest.Commit || !strings.HasPrefix(a.Version, "sha256:") || strings.Join(a.Labels, " ") != "low mid top" {
		t.Errorf("%+v", a)
	}
}
