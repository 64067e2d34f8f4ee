package serve

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocs: docs/serving.md has a section for each kind of problem, which problems refer to, and a line
// for each metric and field.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, k := range kinds {
		if !strings.Contains(page, fmt.Sprintf("\n### %s\n%d", k.name, k.status)) {
			t.Errorf("no section for %q with status %d", k.name, k.status)
		}
	}
	if got := strings.Count(page, "\n### "); got != len(kinds) {
		t.Errorf("%d sections for %d kinds of problems", got, len(kinds))
	}
	h := handlerOf(t, newFake(), Options{Logger: quiet()})
	post(t, h, small)
	families, err := h.metrics.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if name := f.GetName(); strings.HasPrefix(name, "lorabook_") && !strings.Contains(page, "`"+name) {
			t.Errorf("no line for %s", name)
		}
	}
	for _, field := range append(append([]string{}, questionFields...), inputFields...) {
		if !strings.Contains(page, "`"+field+"`") {
			t.Errorf("no line for the field %s", field)
		}
	}
	for path := range h.routes {
		if !strings.Contains(page, path+"`") {
			t.Errorf("no line for %s", path)
		}
	}
}
