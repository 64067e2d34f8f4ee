package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBuild builds a program with the committed adapter and its base, and asks it in a folder that
// contains nothing else.
func TestBuild(t *testing.T) {
	t.Setenv("GOEXPERIMENT", os.Getenv("GOEXPERIMENT")) // set, so that the packages of other builds are used
	dir := t.TempDir()
	program := filepath.Join(dir, "classify")
	root := filepath.Join("..", "..", "..")
	run := filepath.Join(root, "pkg", "finetune", "testdata", "runs", "finished")
	if err := build(program, filepath.Join(root, "pkg", "bert", "testdata", "encoder", "tiny"), []string{"letters=" + run}); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "version", "-m", program).CombinedOutput(); err != nil || !strings.Contains(string(out), "CGO_ENABLED=0") || strings.Contains(string(out), "/go-xla") {
		t.Errorf("the program is not static, or has XLA: %v\n%s", err, out)
	}
	cmd := exec.Command(program, "-listen", "127.0.0.1:0")
	cmd.Dir, cmd.Env = dir, []string{"TMPDIR=" + dir, "HOME=" + dir, "GOMLX_BACKEND="}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	url, seen := "", ""
	lines := bufio.NewScanner(log)
	for url == "" && lines.Scan() {
		seen += lines.Text() + "\n"
		if found := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(lines.Text()); found != nil {
			url = found[1]
		}
	}
	if url == "" {
		t.Fatalf("no address:\n%s", seen)
	}
	response, err := http.Post(url+"/v1/classify", "application/json", strings.NewReader(`{"inputs": "a film"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got struct {
		Answers []struct{ Adapter, Label string }
	}
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil || len(got.Answers) != 1 || got.Answers[0].Adapter != "letters" || got.Answers[0].Label == "" {
		t.Errorf("%d: %+v, %v", response.StatusCode, got, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "onefile-*")); err != nil || len(left) > 0 {
		t.Errorf("the program leaves %q: %v", left, err)
	}
}

func TestBuildRefuses(t *testing.T) {
	for argument, want := range map[string]string{"": "NAME=RUN", "runs/imdb": "NAME=RUN", "=x": "NAME=RUN", "a/b=x": "NAME=RUN", "a=nowhere": "adapter_config.json"} {
		adapters := []string{argument}
		if argument == "" {
			adapters = nil
		}
		if err := build(filepath.Join(t.TempDir(), "x"), "", adapters); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", argument, err)
		}
	}
	if err := build("x", t.TempDir(), []string{"a=x"}); err == nil || !strings.Contains(err.Error(), "config.json") {
		t.Errorf("a base without files: %v", err)
	}
}
