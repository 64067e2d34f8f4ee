package sweep

import (
	"os/exec"
	"strings"
	"testing"
)

// TestLinks checks that only programs for sweeps link a NATS server, and that others link no client
// either.
func TestLinks(t *testing.T) {
	const server, client = "github.com/nats-io/nats-server", "github.com/nats-io/nats.go"
	for pkg, want := range map[string][]string{
		"../../kernel/sweep": {server, client}, "../../kernel": {client}, "./worker": {client}, "./queue": {client},
		"../label/remote": {client}, "../label": nil,
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
