package match

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
)

// Random expressions match the names that they match in Python, or are refused for a reason that is
// documented.
func TestRandomExpressions(t *testing.T) {
	const seed = 1 // others pass too; a fixed one always takes the same time
	out, err := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), "testdata/patterns.py", strconv.Itoa(seed), "2000").Output()
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Names    []string
		Patterns []struct{ Pattern, Hits string }
	}
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, one := range want.Patterns {
		m, err := New(Settings{TargetModules: []string{"x"}, AlphaPattern: []string{one.Pattern}})
		if err != nil {
			if refused++; !strings.Contains(err.Error(), "no translation") && !strings.Contains(err.Error(), "a condition on group") {
				t.Errorf("seed %d: %q: %v", seed, one.Pattern, err)
			}
			continue
		}
		got := ""
		for _, name := range want.Names {
			i, err := m.AlphaPattern(name)
			if err != nil {
				t.Errorf("seed %d: %q: %v", seed, one.Pattern, err)
			}
			got += string("10"[-i])
		}
		if got != one.Hits {
			t.Errorf("seed %d: %q matches %s of %q, in Python %s", seed, one.Pattern, got, want.Names, one.Hits)
		}
	}
	if refused > len(want.Patterns)/20 {
		t.Errorf("seed %d: %d of %d expressions are refused", seed, refused, len(want.Patterns))
	}
}
