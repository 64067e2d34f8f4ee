package pretrain

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
)

// Warnings about the tokens of the teacher are in the result, as those about the model's are.
func TestTeachersWarnings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "texts.jsonl")
	text := ""
	for i := range 40 {
		text += fmt.Sprintf(`{"text":"a b Ω %c c d"}`+"\n", 'a'+i%20)
	}
	toytest.WriteFile(t, path, text)
	p := toyPretraining(t)
	p.Texts, p.HeldOut, p.Teacher, p.Stages = []string{path}, 15, &Teacher{Model: toyTeacher(t)}, []Stage{{Steps: 1, Rows: 8, Length: 10}}
	p.Texts = append(p.Texts, toytest.Texts(t, 20))
	run := filepath.Join(t.TempDir(), "run")
	for _, what := range []string{"new", "finished"} {
		result, err := Run(t.Context(), run, p, Options{Backend: testenv.GoBackend(t)})
		if err != nil {
			t.Fatal(err)
		}
		if w := strings.Join(result.Warnings(), "\n"); strings.Count(w, "[UNK]") != 2 || !strings.Contains(w, "as the teacher reads them") {
			t.Errorf("%s: the warnings are %q", what, w)
		}
	}
}
