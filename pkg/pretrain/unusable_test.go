package pretrain

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
)

// Texts without a token that can be masked end no training, are counted in a warning of the result,
// and do not count as evaluated.
func TestTextsWithoutTokenToMask(t *testing.T) {
	p := toyPretraining(t)
	p.Contrast, p.Bag, p.Neighbours = 0, 0, 0
	p.Stages = []Stage{{Steps: 80, Rows: 1, Length: 12}}
	var lines []string
	for i := range 60 {
		text := strings.Repeat("Ω ", i+1) // unknown
		if i%2 == 0 {
			text = strings.Repeat("a ", i+1) + "b"
		}
		lines = append(lines, text)
	}
	path := filepath.Join(t.TempDir(), "texts.csv")
	toytest.WriteFile(t, path, "text\n"+strings.Join(lines, "\n")+"\n")
	p.Texts, p.HeldOut = []string{path}, 20
	dir := filepath.Join(t.TempDir(), "run")
	result, err := Run(context.Background(), dir, p, Options{Backend: testenv.GoBackend(t)})
	if err != nil {
		t.Fatal(err)
	}
	unknown := 30 - (20 - result.HeldOut.Texts) // of the training texts
	if result.HeldOut.Texts < 1 || result.HeldOut.Texts > 19 || result.HeldOut.Texts != result.HeldOutBefore.Texts {
		t.Errorf("%d of 20 held-out texts are evaluated: of those, every second can be masked", result.HeldOut.Texts)
	}
	want := fmt.Sprintf("%d of 40 training texts have no token that can be masked", unknown)
	if !strings.Contains(strings.Join(result.DataWarnings, "\n"), want) {
		t.Errorf("the warnings are %q, expected %q", result.DataWarnings, want)
	}
}
