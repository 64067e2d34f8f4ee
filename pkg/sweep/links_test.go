package sweep

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLinks checks that only programs for sweeps link a NATS server, and that others link no client
// either.
func TestLinks(t *testing.T) {
	const server, client = "github.com/nats-io/nats-server", "github.com/nats-io/nats.go"
	for pkg, want := range map[string][]string{
		"../../kernel/sweep": {server, client}, "../../kernel": {client}, "./worker": {client}, "./queue": {client},
		"./sweepchart": {server, client}, "../label/remote": {client}, "../label": nil,
		"../finetune": nil, "../study": nil, "../show": nil, "../classify": nil, "../runlist": nil,
	} {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatalf("%s: %v", pkg, err)
		}
		for _, module := range []string{server, client} {
			expected := false
			for _, w := range want {
				expected = expected || w == module
			}
			if links := strings.Contains(string(out), module); links != expected {
				t.Errorf("%s links %s: %v, expected %v", pkg, module, links, expected)
			}
		}
	}
}

// TestNotebooksLink checks that no notebook but that of sweeps links a NATS server.
func TestNotebooksLink(t *testing.T) {
	notebooks, err := filepath.Glob("../../notebooks/*.ipynb")
	if err != nil || len(notebooks) < 8 {
		t.Fatal(notebooks, err)
	}
	imported := regexp.MustCompile(`\\"(github\.com/lorabook/lorabook/[a-z/]+)\\"`)
	args := []string{"list", "-deps"}
	for _, path := range notebooks {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		imports := imported.FindAllSubmatch(content, -1)
		if len(imports) == 0 {
			t.Fatalf("%s imports no package of lorabook", path)
		}
		for _, match := range imports {
			if filepath.Base(path) != "07-sweep.ipynb" {
				args = append(args, string(match[1]))
			}
		}
	}
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "github.com/lorabook/lorabook/pkg/show\n") || strings.Contains(string(out), "github.com/nats-io/nats-server") {
		t.Error("the notebooks but 07-sweep link a NATS server, or not pkg/show")
	}
}
