package pretrain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

const teacherHidden = 12

// toyTeacher returns a folder with a random BERT of 3 layers. It splits the toy model's words
// into other tokens, reads at most 16 tokens and strips accents.
func toyTeacher(t *testing.T) string { return toyTeacherOf(t, 16) }

// toyTeacherOf is toyTeacher that reads another number of tokens and has added tokens.
func toyTeacherOf(t *testing.T, positions int, added ...tokenizers.AddedToken) string {
	t.Helper()
	vocab := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ab", "cd", "##ef", "##ba", "abc", "!"}
	for c := 'a'; c <= 'v'; c++ {
		vocab = append(vocab, string(c), "##"+string(c))
	}
	tokenizer, err := tokenizers.New(vocab, tokenizers.Options{Lowercase: true, Added: added})
	if err != nil {
		t.Fatal(err)
	}
	config, err := bert.ParseConfig(fmt.Appendf(nil, `{
		"vocab_size": %d, "hidden_size": %d, "num_hidden_layers": 3, "num_attention_heads": 3, "intermediate_size": 20,
		"max_position_embeddings": %d, "initializer_range": 0.5
	}`, tokenizer.VocabSize(), teacherHidden, positions))
	if err != nil {
		t.Fatal(err)
	}
	m, err := bert.New(config, tokenizer, bert.MaskedLM, 3)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "teacher")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// toyWords returns n texts with words that both vocabularies contain, and some that neither
// contains.
func toyWords(n int) []string {
	rng := rand.New(rand.NewPCG(6, 6))
	texts := make([]string, n)
	for i := range texts {
		words := make([]string, rng.IntN(14))
		for j := range words {
			for range 1 + rng.IntN(5) {
				words[j] += string(rune('a' + rng.IntN(7)))
			}
			if rng.IntN(10) == 0 {
				words[j] = "Ω"
			}
		}
		texts[i] = strings.Join(words, " ")
	}
	return texts
}

// The teacher's state of a word is the mean of its layers' states over the word's tokens, as its
// encoder computes them. The targets of a row are the standardized states of the words of its
// tokens, and their mean.
func TestTeacherStates(t *testing.T) {
	ctx, engine, tokenizer := context.Background(), testenv.GoBackend(t), toyTokenizer(t)
	teacher := Teacher{Model: toyTeacher(t), Layers: []int{1, 3}}
	plain := toyWords(600)
	learn, err := tokenize(ctx, tokenizer, plain)
	if err != nil {
		t.Fatal(err)
	}
	words := newWordCounter(tokenizer)
	count := make([]int, len(learn))
	for i, ids := range learn {
		if count[i] = words.count(ids); count[i] != len(strings.Fields(plain[i])) {
			t.Fatalf("%d words in %q", count[i], plain[i])
		}
	}
	path := filepath.Join(t.TempDir(), "states")
	hidden, err := teacher.read(ctx, toytest.EmptyRun(t), engine, path, plain, count, progress.Nop)
	if err != nil || hidden != teacherHidden {
		t.Fatal(hidden, err)
	}
	states, err := openTeacherStates(path, hidden, words, count)
	if err != nil {
		t.Fatal(err)
	}
	defer states.close()

	m, err := bert.Open(ctx, teacher.Model, bert.Options{Head: bert.NoHead})
	if err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(engine, m.Store, func(root *model.Scope, inputs []*graph.Node) *graph.Node {
		all := m.Encoder().HiddenStates(root, bert.PaddedInputs(inputs[0], inputs[1]))
		return graph.MulScalar(graph.Add(all[1], all[3]), 0.5)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	compared, spelled := 0, 0
	wordOf := map[int][][]float32{} // states of the compared texts
	for i, text := range plain {
		ids := m.Tokenizer.Encode(text, 0)
		if len(ids) > 16 || count[i] == 0 || compared == 60 {
			continue
		}
		compared++
		out, err := exec.Call1([][]int32{ids}, []int32{int32(len(ids))})
		if err != nil {
			t.Fatal(err)
		}
		values := tensors.MustCopyFlatData[float32](out)
		got, err := states.wordStates(states.starts[i], states.starts[i+1])
		if err != nil {
			t.Fatal(err)
		}
		at := 1
		for w, word := range strings.Fields(text) {
			n := len(m.Tokenizer.Encode(word, 0)) - 2
			if n > 1 {
				spelled++
			}
			want := make([]float32, hidden)
			for range n {
				for j := range want {
					want[j] += values[at*hidden+j] / float32(n)
				}
				at++
			}
			for j := range want {
				if x := got[w*hidden+j]; math.Abs(float64(x-want[j])) > 5e-3*max(1, math.Abs(float64(want[j]))) { // bfloat16
					t.Fatalf("word %d of %q: dimension %d is %v, expected %v", w, text, j, x, want[j])
				}
			}
			wordOf[i] = append(wordOf[i], got[w*hidden:(w+1)*hidden])
		}
	}
	if compared < 60 || spelled < 100 {
		t.Fatalf("compared %d texts and %d words of more than one token: too few", compared, spelled)
	}

	rng := rand.New(rand.NewPCG(7, 7))
	for _, i := range slices.Sorted(maps.Keys(wordOf)) {
		want, from := wordOf[i], rng.IntN(len(learn[i]))
		rows := []row{{i, from, from + 1 + rng.IntN(len(learn[i])-from)}, {i, 0, len(learn[i])}}
		stage := Stage{Rows: 3, Length: len(learn[i]) + 3}
		got, err := states.targets(learn, rows, stage)
		if err != nil {
			t.Fatal(err)
		}
		expected := &teacherTargets{hidden, make([]float32, stage.Rows*stage.Length*hidden), make([]float32, stage.Rows*hidden)}
		for r, place := range rows {
			word := -1
			for p, id := range learn[i][:place.to] {
				if !strings.HasPrefix(tokenizer.Tokens([]int32{id})[0], "##") {
					word++
				}
				if p < place.from {
					continue
				}
				for j, x := range want[word] {
					expected.words[(r*stage.Length+1+p-place.from)*hidden+j] = (x - states.word.mean[j]) / states.word.deviation[j]
					expected.rows[r*hidden+j] += (x - states.text.mean[j]) / states.text.deviation[j] / float32(place.to-place.from)
				}
			}
		}
		near := func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-4 }
		if !slices.EqualFunc(got.words, expected.words, near) || !slices.EqualFunc(got.rows, expected.rows, near) {
			t.Fatalf("targets of %+v of %q differ", rows, plain[i])
		}
	}

	// Over all words the targets have mean 0 and standard deviation 1.
	all, err := states.wordStates(0, states.starts[len(learn)])
	if err != nil {
		t.Fatal(err)
	}
	check := newMoments(hidden)
	for at := 0; at < len(all); at += hidden {
		scaled := make([]float32, hidden)
		states.word.apply(scaled, all[at:at+hidden])
		check.add(scaled)
	}
	for j, mean := range check.scale().mean {
		if d := check.scale().deviation[j]; math.Abs(float64(mean)) > 1e-3 || math.Abs(float64(d)-1) > 1e-3 {
			t.Errorf("dimension %d has mean %v and deviation %v", j, mean, d)
		}
	}
}

// The sample consists of whole neighbourhoods, has no text twice, and has the requested size.
func TestTeacherDraws(t *testing.T) {
	for _, c := range []struct{ texts, all, neighbours int }{{0, 10, 3}, {10, 10, 3}, {20, 10, 1}, {9, 100, 3}, {7, 100, 3}, {1, 100, 8}, {99, 100, 8}} {
		got := Teacher{Texts: c.texts}.draw(c.all, c.neighbours, 1)
		want := c.texts
		if want == 0 || want > c.all {
			want = c.all
		}
		if len(got) != want || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != want {
			t.Errorf("%+v: drew %v", c, got)
		}
		blocks := map[int]int{}
		for _, i := range got {
			blocks[i/c.neighbours]++
		}
		if most := (want+c.neighbours-1)/c.neighbours + 1; len(blocks) > most {
			t.Errorf("%+v: texts of %d neighbourhoods, expected at most %d", c, len(blocks), most)
		}
	}
	if a, b := (Teacher{Texts: 5}).draw(1000, 1, 1), (Teacher{Texts: 5}).draw(1000, 1, 2); slices.Equal(a, b) {
		t.Error("the seed has no effect")
	}
}

// distillationPretraining has more texts than the teacher writes to its file at once.
func distillationPretraining(t *testing.T) Pretraining {
	t.Helper()
	p := toyPretraining(t)
	p.Texts = []string{toytest.Texts(t, 400)}
	p.Teacher = &Teacher{Model: toyTeacher(t), Layers: []int{2}, Texts: 330, Weight: 2}
	return p
}

// A pre-training that is stopped while the teacher's states are computed, whose file of states is
// truncated, and that is stopped during the training, has the result of an uninterrupted run. The
// teacher's states are deleted at the end.
func TestPretrainWithTeacherResumesExactly(t *testing.T) {
	p, engine, root := distillationPretraining(t), testenv.GoBackend(t), t.TempDir()
	whole, broken := filepath.Join(root, "whole"), filepath.Join(root, "broken")
	if _, err := Run(context.Background(), whole, p, Options{Backend: engine}); err != nil {
		t.Fatal(err)
	}
	want := readPretrained(t, whole)
	if want.result.Texts != 330 {
		t.Errorf("trained on %d texts, expected 330", want.result.Texts)
	}

	states := filepath.Join(broken, runfolder.TeacherStatesFile)
	stop := func(task string, step int) {
		t.Helper()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		_, err := Run(ctx, broken, p, Options{Backend: engine, Progress: &stopper{progress.Nop, task, 1, cancel}, OnHistory: func(l runfolder.HistoryLine) {
			if l.Kind == runfolder.TrainLine && l.Step == step {
				cancel()
			}
		}})
		if !errors.Is(err, trainer.ErrStopped) || !errors.Is(err, context.Canceled) {
			t.Fatalf("the error of a stopped pre-training is %v", err)
		}
	}
	stop("texts of the teacher", 0)
	stop("", 7)
	info, err := os.Stat(states)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(states, info.Size()-1001); err != nil { // within the second group
		t.Fatal(err)
	}
	stop("", 20)
	if again, err := os.Stat(states); err != nil || again.Size() != info.Size() {
		t.Fatalf("the teacher's file has not been completed: %v, %v", again, err)
	}
	if _, err := Run(context.Background(), broken, p, Options{Backend: engine}); err != nil {
		t.Fatal(err)
	}
	got := readPretrained(t, broken)
	if !reflect.DeepEqual(got.result, want.result) {
		t.Errorf("resumed %+v\nuninterrupted %+v", got.result, want.result)
	}
	toytest.SameTensors(t, "the model", want.model, got.model)
	toytest.SameTensors(t, "the checkpoint", want.checkpoint, got.checkpoint)
	if _, err := os.Stat(states); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the teacher's states remain: %v", err)
	}
	for name := range got.model {
		if strings.Contains(name, "taught") {
			t.Errorf("%s is in the model's file", name)
		}
	}
}

// With letters in random order, masked letters cannot be predicted. The loss falls by the
// distillation alone.
func TestPretrainLearnsFromTeacher(t *testing.T) {
	testenv.NeedsTime(t, "it trains until the loss is low")
	p := distillationPretraining(t)
	p.Teacher.Weight = 10
	p.Contrast, p.Bag, p.Neighbours = 0, 0, 0
	p.LearningRate, p.Stages = 5e-3, []Stage{{Steps: 150, Rows: 16, Length: 20}}
	var losses []float64
	if _, err := Run(context.Background(), filepath.Join(t.TempDir(), "run"), p, Options{Backend: testenv.GoBackend(t), OnHistory: func(l runfolder.HistoryLine) {
		if l.Kind == runfolder.TrainLine {
			losses = append(losses, l.Loss)
		}
	}}); err != nil {
		t.Fatal(err)
	}
	first, last := losses[0], losses[len(losses)-1]
	t.Logf("loss %.2f, then %.2f", first, last)
	// The initial loss of the tokens is ln 48 = 3.9.
	if first < 10 || first-last < 6 {
		t.Errorf("the loss went from %.2f to %.2f", first, last)
	}
}
