package pretrain

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	engines "github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// The teacher reads texts that start with an added token like a word piece, and texts with words that
// are longer than its window.
func TestTeacherReadsAddedTokens(t *testing.T) {
	ctx := context.Background()
	teacher := Teacher{Model: toyTeacherOf(t, 3, tokenizers.AddedToken{Content: "##xy", Special: true})}
	texts := []string{"##xy", "##xy abcd e", "a ##xy ##xy", "aefefef ##xy", ""}
	tokenizer, err := tokenizers.Open(teacher.Model)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := tokenize(ctx, tokenizer, texts)
	if err != nil {
		t.Fatal(err)
	}
	words := newWordCounter(tokenizer)
	var count []int
	for _, text := range ids {
		count = append(count, words.count(text))
	}
	if want := []int{1, 3, 3, 2, 0}; !slices.Equal(count, want) {
		t.Fatalf("the texts have %v words, expected %v", count, want)
	}
	path := filepath.Join(t.TempDir(), "states")
	if _, err := teacher.read(ctx, toytest.EmptyRun(t), testenv.GoBackend(t), path, texts, count, progress.Nop); err != nil {
		t.Fatal(err)
	}
	states, err := openTeacherStates(path, teacherHidden, words, count)
	if err != nil {
		t.Fatal(err)
	}
	defer states.close()
	for i, text := range ids {
		if len(text) == 0 {
			continue
		}
		if _, err := states.targets(ids, []row{{i, 0, len(text)}, {i, len(text) - 1, len(text)}}, Stage{Rows: 2, Length: 20}); err != nil {
			t.Errorf("%q: %v", texts[i], err)
		}
	}
}

// The states stay until the result is written, so that a process that is killed in between is not
// followed by one that computes them again.
func TestTeacherStatesStayUntilTheResult(t *testing.T) {
	p, engine, dir := distillationPretraining(t), testenv.GoBackend(t), t.TempDir()
	p.Stages = []Stage{{Steps: 2, Rows: 8, Length: 10}}
	p = p.WithDefaults()
	run, err := runfolder.Create(dir, "run", p, runfolder.CurrentEnvironment(""))
	if err != nil {
		t.Fatal(err)
	}
	train, err := newPretrainer(context.Background(), p, run, &engines.Engine{Backend: engine}, Options{Progress: progress.Nop})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := train.train(context.Background()); err != nil {
		t.Fatal(err)
	}
	train.close()
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	states := run.Path(runfolder.TeacherStatesFile)
	if _, err := os.Stat(states); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second process finds the result of the first
		display := &toytest.Notes{Progress: progress.Nop}
		if _, err := Run(context.Background(), run.Dir(), p, Options{Backend: engine, Progress: display}); err != nil {
			t.Fatal(err)
		}
		if left, _ := filepath.Glob(states + "*"); len(left) > 0 {
			t.Errorf("after the result %q remain", left)
		}
		if err := os.WriteFile(states, nil, 0o644); err != nil { // as of a process that was killed before it removed them
			t.Fatal(err)
		}
	}
}
