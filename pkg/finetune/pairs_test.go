package finetune

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// openPairs opens a run of the experiment whose examples are pairs. The second text of every
// fifth is empty.
func openPairs(t *testing.T, dir string, e Experiment, options Options) *Run {
	t.Helper()
	r := openToy(t, dir, e, options)
	// A run that is opened again recorded the examples of below, not those of the source.
	if err := os.Remove(r.Folder.Path(runfolder.SplitsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	examples, err := r.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range [][]data.Example{examples.Train, examples.Validation, examples.Test} {
		for i := range part {
			words := strings.Fields(part[i].Text)
			half := len(words) / 2
			part[i].Text = strings.Join(words[:max(1, half)], " ")
			if i%5 > 0 {
				part[i].TextPair = strings.Join(words[half:], " ")
			}
		}
	}
	return r
}

// TestPairGradientsAgainstPEFT compares one batch's gradients for pairs of several lengths, also
// of the embedding of the token types.
func TestPairGradientsAgainstPEFT(t *testing.T) {
	modelsUnderTest(t, func(t *testing.T, e Experiment) {
		for name, adapter := range map[string]lora.Config{"query": {R: 8, Alpha: 16, ModulesToSave: []string{"classifier"}}, "embeddings": ofEmbeddings} {
			e.Adapter = adapter
			r := openPairs(t, filepath.Join(t.TempDir(), "run"), e, Options{})
			n := openNetwork(t, r, true)
			disturbB(t, n)
			dir := filepath.Join(t.TempDir(), "adapter")
			if err := n.adapter.Save(dir); err != nil {
				t.Fatal(err)
			}
			chosen := r.examples.Test[:min(8, len(r.examples.Test))]
			want := peft(t, "gradients", e.Model, dir, n.Tokenizer, chosen, e.Data.MaxLength)
			compared, worst := compareGradients(t, r, n, chosen, "base_model.model.", want)
			t.Logf("%s: %d gradients of pairs, largest difference relative to each tensor's largest value: %.2g", name, compared, worst)
			if worst > 1e-4 {
				t.Errorf("%s: expected at most 1e-4", name)
			}
		}
	})
}

// TestPairsInPEFTAndTransformers trains on pairs. PEFT with the adapter, transformers with the
// merged model and a Classifier give the logits of the report.
func TestPairsInPEFTAndTransformers(t *testing.T) {
	ctx := context.Background()
	e := toy(t)
	dir := filepath.Join(t.TempDir(), "run")
	r := openPairs(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Report(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile)
	if err != nil {
		t.Fatal(err)
	}
	record, err := encoding.ReadRecord(r.Folder.Path(runfolder.AdapterDir))
	if err != nil || record != (encoding.Record{Pairs: true}) {
		t.Errorf("the adapter's folder records %+v (%v)", record, err)
	}
	test := r.examples.Test
	out := filepath.Join(t.TempDir(), "merged")
	if err := classify.Merge(ctx, "", dir, out, classify.MergeOptions{}); err != nil {
		t.Fatal(err)
	}
	for name, folder := range map[string]string{"the run": dir, "its adapter": r.Folder.Path(runfolder.AdapterDir), "the merged model": out} {
		c, err := classify.Open(ctx, "", folder, classify.Options{MaxLength: 20})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		got, err := c.Predict(ctx, test, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		within(t, name, got.Logits, after.Logits)
		answers, err := c.ClassifyExamples(ctx, test[:1])
		if err != nil || answers[0].UnknownTokens.Tokens != len(strings.Fields(test[0].Text+" "+test[0].TextPair)) {
			t.Errorf("%s answers %+v (%v)", name, answers, err)
		}
		var pairs *classify.PairsError
		if _, err := c.Classify(ctx, []string{"k a"}); !errors.As(err, &pairs) {
			t.Errorf("%s classified a single text: %v", name, err)
		}
		if _, err := c.Words(ctx, "k a", "good"); !errors.As(err, &pairs) {
			t.Errorf("%s explained a single text: %v", name, err)
		}
		first, second, err := c.WordsOfPair(ctx, "k a", "b c d", "good")
		if err != nil || len(first) != 2 || len(second) != 3 || first[0].Text != "k" || second[2].Text != "d" || first[0].Effect == 0 || second[0].Effect == 0 {
			t.Errorf("%s: the words' effects are %v and %v (%v)", name, first, second, err)
		}
	}
	if err := os.Remove(r.Folder.Path(runfolder.AdapterDir, encoding.RecordFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := classify.Open(ctx, "", dir, classify.Options{}); err == nil || !strings.Contains(err.Error(), encoding.RecordFile) {
		t.Errorf("a run without its %s was opened: %v", encoding.RecordFile, err)
	}
	for name, folder := range map[string][2]string{"logits": {e.Model, r.Folder.Path(runfolder.AdapterDir)}, "model": {out, "-"}} {
		want := peft(t, name, folder[0], folder[1], openNetwork(t, r, false).Tokenizer, test, 20)
		logits, err := want.Float32("logits")
		if err != nil {
			t.Fatal(err)
		}
		within(t, "Python's "+name, logits, after.Logits)
	}
}

// The second text and the token types change the prediction.
func TestTokenTypesReachTheNetwork(t *testing.T) {
	ctx := context.Background()
	r := openPairs(t, filepath.Join(t.TempDir(), "run"), toy(t), Options{Backend: testenv.GoBackend(t)})
	n := openNetwork(t, r, false)
	logits := func(e data.Example, rows *encoding.Rows) []float32 {
		got, err := r.predict(ctx, n, []data.Example{e}, rows, "")
		if err != nil {
			t.Fatal(err)
		}
		return got.Logits
	}
	pair := data.Example{Text: "a b", TextPair: "c d", Label: 0}
	swapped := data.Example{Text: "c d", TextPair: "a b", Label: 0}
	without := n.input.Encode([]data.Example{pair})
	without.FirstLengths[0] = int32(len(without.IDs[0])) // the token types are all 0
	if slices.Equal(logits(pair, nil), logits(swapped, nil)) || slices.Equal(logits(pair, nil), logits(pair, without)) {
		t.Error("the order of the texts or the token types have no effect")
	}
}

// A training on pairs, and one in windows, that is stopped and resumed equals an uninterrupted one
// to the bit; with cached hidden states it is the same training.
func TestPairsAndWindowsResume(t *testing.T) {
	toytest.CacheDir(t)
	for name, c := range map[string]struct {
		open       func(*testing.T, string, Experiment, Options) *Run
		truncation encoding.Truncation
	}{
		"pairs":   {openPairs, encoding.Head},
		"windows": {openToy, encoding.Windows},
		"both":    {openPairs, encoding.Windows},
	} {
		e := upperToy(t)
		e.Training.PrefixCache = ""
		e.Training.Epochs = 1
		e.Data.MaxLength, e.Data.Truncation = 12, c.truncation
		train := func(e Experiment, dir string, stop bool) (*Run, *Trained) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			options := Options{Backend: testenv.GoBackend(t)}
			if stop {
				options.OnHistory = func(runfolder.HistoryLine) { cancel() }
			}
			r := c.open(t, dir, e, options)
			done, err := r.Train(ctx)
			if stop && !errors.Is(err, ErrStopped) || !stop && err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			return r, done
		}
		root := t.TempDir()
		whole, want := train(e, filepath.Join(root, "whole"), false)
		r, _ := train(e, filepath.Join(root, "broken"), true)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		broken, got := train(e, filepath.Join(root, "broken"), false)
		read := func(r *Run, file string) string {
			text, err := os.ReadFile(r.Folder.Path(runfolder.AdapterDir, file))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		for _, file := range []string{lora.TensorsFile, encoding.RecordFile} {
			if read(broken, file) != read(whole, file) {
				t.Errorf("%s: %s differs from that of the uninterrupted training", name, file)
			}
		}
		e.Training.PrefixCache = "float32"
		_, cached := train(e, filepath.Join(root, "cached"), false)
		if got.BestLoss != want.BestLoss || cached.Steps != want.Steps || cached.Tokens != want.Tokens || max(cached.BestLoss-want.BestLoss, want.BestLoss-cached.BestLoss) > 1e-5 {
			t.Errorf("%s: the validation loss is %v, resumed %v, with cached states %v", name, want.BestLoss, got.BestLoss, cached.BestLoss)
		}
		if c.truncation == encoding.Windows && want.Steps <= (e.Data.Train+15)/16 {
			t.Errorf("%s: %d steps, expected more than for whole texts", name, want.Steps)
		}
	}
}

// Each truncation is used in training and evaluation, counted in the baseline, recorded with the
// trained weights of every method and used by a classifier.
func TestTruncationReachesEveryPart(t *testing.T) {
	ctx := context.Background()
	seen := map[float64]string{}
	methods := map[encoding.Truncation]Method{encoding.Tail: HeadOnly, encoding.HeadTail: Full} // others: LoRA
	weights := map[Method]string{LoRA: runfolder.AdapterDir, HeadOnly: runfolder.HeadDir, Full: runfolder.ModelDir}
	for _, truncation := range encoding.Truncations {
		e := toy(t)
		if method := methods[truncation]; method != LoRA {
			e = toyOf(t, method)
		}
		e.Training.Epochs = 1
		e.Data.MaxLength, e.Data.Truncation = 8, truncation
		dir := filepath.Join(t.TempDir(), "run")
		r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
		b, err := r.Baseline(ctx)
		if err != nil {
			t.Fatal(err)
		}
		cut := b.Cut["test"]
		if cut.Examples != 80 || cut.Long < 40 || (cut.CutTokens == 0) != (truncation == encoding.Windows) || !strings.Contains(b.String(), "have more than 8 tokens") {
			t.Errorf("%s: %+v\n%s", truncation, cut, b)
		}
		report, err := r.Report(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if other := seen[report.After.Loss]; other != "" {
			t.Errorf("%s and %s give the same loss", truncation, other)
		}
		seen[report.After.Loss] = truncation.String()
		text, err := os.ReadFile(filepath.Join(dir, runfolder.ExperimentFile))
		if err != nil || strings.Contains(string(text), `"truncation"`) == (truncation == encoding.Head) {
			t.Errorf("%s: experiment.json is %s (%v)", truncation, text, err)
		}
		after, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile)
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range []string{dir, r.Folder.Path(weights[e.Method])} {
			options := classify.Options{}
			if truncation == encoding.Head {
				options.MaxLength = 8 // which its folder does not record
			}
			c, err := classify.Open(ctx, "", folder, options)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			got, err := c.Predict(ctx, r.examples.Test, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			within(t, truncation.String(), got.Logits, after.Logits)
		}
	}
}

// The logits of a long text are the mean of its windows' logits.
func TestWindowsAreAveraged(t *testing.T) {
	ctx := context.Background()
	e := toy(t)
	e.Data.MaxLength, e.Data.Truncation = 8, encoding.Windows
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
	n := openNetwork(t, r, false)
	examples, err := r.Examples(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.predict(ctx, n, examples.Test, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	rows := n.input.Encode(examples.Test)
	single := make([]data.Example, len(rows.IDs)) // each window as a text of its own
	for i, ids := range rows.IDs {
		single[i] = data.Example{Text: strings.Join(n.Tokenizer.Tokens(ids[1:len(ids)-1]), " "), Label: rows.Examples[i].Label}
	}
	each, err := r.predict(ctx, n, single, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, len(got.Logits))
	for i := range rows.IDs {
		for class := range 2 {
			want[2*rows.Example(i)+class] += each.Logits[2*i+class] / float32(rows.Windows()[rows.Example(i)])
		}
	}
	if len(single) < len(examples.Test)+20 {
		t.Errorf("only %d windows", len(single))
	}
	within(t, "the mean of the windows", got.Logits, want)
}

// A wrong value is named.
func TestTruncationIsChecked(t *testing.T) {
	e := toy(t)
	e.Data.Truncation = "middle"
	_, err := Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
	var field *FieldError
	if !errors.As(err, &field) || field.Field != "data.truncation" || !strings.Contains(err.Error(), "head+tail") {
		t.Errorf("the error is %v", err)
	}
}
