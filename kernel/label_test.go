package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/pkg/label"
)

// TestLabelArguments: missing and wrong flags are answered with the flag and an example.
func TestLabelArguments(t *testing.T) {
	texts := writeFile(t, "texts.jsonl", `{"text": "a film"}`+"\n")
	for want, args := range map[string][]string{
		"--adapter is missing":                        {"--in", texts, "--out", "a.jsonl"},
		"--in is missing":                             {"--adapter", "runs/imdb", "--out", "a.jsonl"},
		"--out is missing":                            {"--adapter", "runs/imdb", "--in", texts},
		"--shard is -1":                               {"--adapter", "runs/imdb", "--in", texts, "--out", "a.jsonl", "--shard", "-1"},
		"--lease without --nats":                      {"--adapter", "runs/imdb", "--in", texts, "--out", "a.jsonl", "--lease", "1m"},
		"certificates without --nats":                 {"--adapter", "runs/imdb", "--in", texts, "--out", "a.jsonl", "--ca", "ca.pem"},
		"no NATS server answers":                      append(labelled(), "--in", texts, "--out", filepath.Join(t.TempDir(), "a.jsonl"), "--nats", "nats://127.0.0.1:1"),
		"the URL contains credentials":                append(labelled(), "--in", texts, "--out", filepath.Join(t.TempDir(), "a.jsonl"), "--nats", "nats://secret@127.0.0.1:1"),
		"the shell expands patterns":                  {"--adapter", "runs/imdb", "--in", texts, "b.jsonl", "--out", "a.jsonl"},
		"nowhere":                                     {"--adapter", "nowhere", "--in", texts, "--out", "a.jsonl"},
		"ends with .jsonl or .csv":                    append(labelled(), "--in", texts, "--out", filepath.Join(t.TempDir(), "a.parquet")),
		"missing.csv":                                 append(labelled(), "--in", "missing.csv", "--out", filepath.Join(t.TempDir(), "a.jsonl")),
		"is \"nothing\", and there is no such column": append(labelled(), "--in", texts, "--text-column", "nothing", "--out", filepath.Join(t.TempDir(), "a.jsonl")),
	} {
		t.Run(want, func(t *testing.T) {
			if out, err := command(t, append([]string{"label"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, expected an error with %q; printed %s", err, want, out)
			}
		})
	}
}

// labelled returns the flags of a committed adapter.
func labelled() []string {
	return []string{
		"--adapter", filepath.Join("..", "pkg", "finetune", "testdata", "runs", "finished", "adapter"),
		"--model", filepath.Join("..", "pkg", "bert", "testdata", "encoder", "tiny"),
	}
}

// TestLabelCommand labels the texts of two files in different formats, and says the same when it is
// called again.
func TestLabelCommand(t *testing.T) {
	dir := t.TempDir()
	first := writeFile(t, "first.csv", "id,text,label\nx,a b k,7\ny,k k,\n")
	second := writeFile(t, "second.jsonl", `{"text": "b"}`+"\n"+`{"text": " "}`+"\n")
	out := filepath.Join(dir, "answers.csv")
	args := append(append([]string{"label"}, labelled()...), "--in", first, "--in", second, "--probabilities", "--out", out)
	if _, err := command(t, args...); err == nil || !strings.Contains(err.Error(), "second.jsonl:2") || !strings.Contains(err.Error(), "--skip-bad") {
		t.Fatalf("a blank text: %v", err)
	}
	args = append(args, "--skip-bad", "--json")
	var reports [2]label.Report
	for i := range reports {
		printed, err := command(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(printed[strings.Index(printed, "{"):]), &reports[i]); err != nil {
			t.Fatalf("%v: %s", err, printed)
		}
	}
	counts := reports[0].Counts
	if counts.Texts != 4 || counts.Bad != 1 || !reports[0].Finished || reports[1].Job != reports[0].Job {
		t.Errorf("the reports are %+v", reports)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[0], "row,id,label,probability,probability of bad,") || !strings.HasPrefix(lines[1], "1,x,") || !strings.HasPrefix(lines[4], "4,,,,") {
		t.Errorf("the answers are\n%s", text)
	}
}

// TestLabelOnServer labels on a NATS server, with the command worker. The output is that of one process.
func TestLabelOnServer(t *testing.T) {
	own, err := embeddednats.Start(filepath.Join(t.TempDir(), "nats"), embeddednats.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	server := []string{"--nats", own.URL, "--token-file", own.TokenFile}
	dir, texts := t.TempDir(), writeFile(t, "texts.jsonl", strings.Repeat(`{"text": "a b k"}`+"\n"+`{"text": "k k"}`+"\n", 20))
	args := append(append([]string{"label"}, labelled()...), "--in", texts, "--shard", "3", "--out")
	alone, others := filepath.Join(dir, "alone.jsonl"), filepath.Join(dir, "others.jsonl")
	if _, err := command(t, append(args, alone)...); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := command(t, append(append(slices.Clone(args), others, "--only-others"), server...)...)
		ended <- err
	}()
	for running := true; running; {
		if _, err := command(t, append([]string{"worker", "--once"}, server...)...); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			if running = false; err != nil {
				t.Fatal(err)
			}
		case <-time.After(50 * time.Millisecond):
		}
	}
	one, err := os.ReadFile(alone)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := os.ReadFile(others); err != nil || string(all) != string(one) {
		t.Errorf("%v: the output is\n%s\nexpected\n%s", err, all, one)
	}
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
