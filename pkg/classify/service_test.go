package classify_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
)

// adapter describes an adapter of random values of the toy model.
type adapter struct {
	task    data.Task
	labels  []string
	rank    int
	targets []string
	record  encoding.Record
	base    string // that adapter_config.json names
	// cancelling gives the matrices two columns each that cancel, of this size: the rounding of their
	// products remains.
	cancelling float32
}

// save writes the adapter to a folder, which it replaces.
func (a adapter) save(t testing.TB, modelDir, dir string, seed uint64) string {
	t.Helper()
	o := bert.Options{Head: bert.Classification, Labels: a.labels, ProblemType: string(a.task), FreshHead: true}
	if a.task == data.TokenClassification {
		o.Head, o.ProblemType = bert.TokenClassification, ""
	}
	m, err := bert.Open(context.Background(), modelDir, o)
	if err != nil {
		t.Fatal(err)
	}
	c := lora.Config{R: a.rank, Alpha: float64(2 * a.rank), Init: lora.InitRandom, TargetModules: a.targets, BaseModel: a.base}
	if a.task == data.TokenClassification {
		c.TaskType = "TOKEN_CLS"
	}
	l, err := lora.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Inject(m.Store, m.DenseModules(), int64(seed)); err != nil {
		t.Fatal(err)
	}
	if a.cancelling > 0 {
		a.cancel(t, m, l)
	}
	toytest.Randomize(t, rand.New(rand.NewPCG(seed, 7)), 1, m.Store.GetVariable("/classifier/weight"), m.Store.GetVariable("/classifier/bias"))
	l.SetProblemType(string(a.task))
	if err := l.SetLabels(a.labels); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := l.Save(dir); err != nil {
		t.Fatal(err)
	}
	if err := a.record.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// cancel sets the matrices of an adapter of rank 2 so that the second row of A is nearly the first, and
// the second column of B is nearly its negative.
func (a adapter) cancel(t testing.TB, m *bert.Model, l *lora.Adapter) {
	t.Helper()
	set := func(path string, change func(i int, values []float32)) {
		v := m.Store.GetVariable(path)
		values, err := floats.Read(v)
		if err != nil {
			t.Fatal(err)
		}
		for i := range values {
			change(i, values)
		}
		if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
	found := 0
	for _, module := range m.DenseModules() {
		target, ok := l.Layout().Target(dotted.Absolute(module))
		if !ok {
			continue
		}
		found++
		in := m.Store.GetVariable(target.PathA()).Shape().Dimensions[1]
		set(target.PathA(), func(i int, values []float32) {
			if i >= in {
				values[i] = values[i-in] * (1 + 3e-7)
			}
		})
		set(target.PathB(), func(i int, values []float32) {
			if values[i] = a.cancelling; i%2 == 1 {
				values[i] = -a.cancelling
			}
		})
	}
	if found == 0 {
		t.Fatal("no module is adapted")
	}
}

// every task, with heads of different sizes, and different ways to read texts.
var every = map[string]adapter{
	"mood":   {task: data.SingleLabel, labels: []string{"bad", "good"}, rank: 2},
	"topics": {task: data.MultiLabel, labels: []string{"art", "news", "sport"}, rank: 4},
	"stars":  {task: data.Regression, labels: []string{"stars"}, rank: 3},
	"kind":   {task: data.SingleLabel, labels: []string{"a", "b", "c", "d", "e"}, rank: 2, record: encoding.Record{Truncation: encoding.Windows, MaxLength: 8}},
	"same":   {task: data.SingleLabel, labels: []string{"no", "yes"}, rank: 2, record: encoding.Record{Pairs: true}},
	"names":  {task: data.TokenClassification, labels: []string{"O", "B-PER", "I-PER"}, rank: 2},
}

func saveAll(t testing.TB, modelDir string) map[string]string {
	t.Helper()
	dirs, dir := map[string]string{}, t.TempDir()
	for i, name := range sortedNames(every) {
		dirs[name] = every[name].save(t, modelDir, filepath.Join(dir, name), uint64(i+1))
	}
	return dirs
}

func sortedNames[V any](m map[string]V) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func newService(t testing.TB, o classify.ServiceOptions) *classify.Service {
	t.Helper()
	o.Backend = toytest.Backend(t)
	s, err := classify.NewService(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// randomText returns a text of one to n words.
func randomText(rng *rand.Rand, n int) string {
	words := make([]string, 1+rng.IntN(n))
	for i := range words {
		words[i] = string(rune('a' + rng.IntN(14)))
	}
	return strings.Join(words, " ")
}

// request returns a text for an adapter.
func request(rng *rand.Rand, name string) classify.Request {
	r := classify.Request{Text: randomText(rng, 30), Adapter: name}
	if every[name].record.Pairs {
		r.TextPair = randomText(rng, 10)
	}
	if name == "names" && rng.IntN(2) == 0 {
		r.Text, r.Words = "", strings.Fields(r.Text)
	}
	return r
}

// differ returns the difference of two answers, whose numbers may differ by 1e-5.
func differ(got, want classify.TaskAnswer) string {
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(classify.Answer{}), cmpopts.EquateApprox(0, 1e-5))
}

// alone returns the answer of a Classifier of one adapter.
func alone(t *testing.T, c *classify.Classifier, r classify.Request) classify.TaskAnswer {
	t.Helper()
	ctx := context.Background()
	out := classify.TaskAnswer{Task: c.Task()}
	examples := []data.Example{{Text: r.Text, TextPair: r.TextPair}}
	var err error
	switch {
	case c.Task() == data.Regression:
		var numbers []classify.Number
		numbers, err = c.ScoreExamples(ctx, examples)
		out.Number = numbers[0]
	case len(r.Words) > 0:
		var tagged []classify.Tagged
		tagged, err = c.Tag(ctx, [][]string{r.Words})
		out.Tagged = tagged[0]
	case c.Task() == data.TokenClassification:
		var tagged []classify.Tagged
		tagged, err = c.TagTexts(ctx, []string{r.Text})
		out.Tagged = tagged[0]
	default:
		var answers []classify.Answer
		answers, err = c.ClassifyExamples(ctx, examples)
		out.Answer = answers[0]
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Adapters of every task answer in one call as a Classifier of each.
func TestServiceOfEveryTask(t *testing.T) {
	ctx, modelDir := context.Background(), toytest.Model(t)
	dirs := saveAll(t, modelDir)
	s := newService(t, classify.ServiceOptions{Model: modelDir, Adapters: dirs, Options: classify.Options{MaxLength: 20}, Sizes: []int{8, 24}})
	rng := rand.New(rand.NewPCG(1, 2))
	var requests []classify.Request
	var want []classify.TaskAnswer
	for _, name := range sortedNames(dirs) {
		options := classify.Options{MaxLength: 20}
		if every[name].record.MaxLength > 0 {
			options.MaxLength = 20 // the option has precedence
		}
		c, err := classify.Open(ctx, modelDir, dirs[name], options)
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			r := request(rng, name)
			requests, want = append(requests, r), append(want, alone(t, c, r))
		}
		c.Close()
	}
	answers, err := s.Answer(ctx, requests)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if diff := differ(a.TaskAnswer, want[i]); diff != "" {
			t.Errorf("%+v: %s", requests[i], diff)
		}
		if name := requests[i].Adapter; a.Adapter != name || !slices.Equal(a.Classes, every[name].labels) || !strings.HasPrefix(a.Version, "sha256:") {
			t.Errorf("%+v: adapter %q, version %q, classes %q", requests[i], a.Adapter, a.Version, a.Classes)
		}
	}
	info := s.Adapters()
	if len(info) != len(every) || info[1].Name != "mood" || info[1].Folder != dirs["mood"] || info[1].MaxTokens != 20 || !info[3].Pairs || info[5].Thresholds["news"] != 0.5 {
		t.Errorf("the adapters are %+v", info)
	}
	stats := s.Stats()
	if stats.Queued != 0 || stats.Running != 0 || stats.Accepted != stats.Answered || stats.Accepted < int64(len(requests)) || stats.Batches == 0 || stats.Adapters != len(every) || stats.Resident != len(every) {
		t.Errorf("the state is %+v", stats)
	}
}
