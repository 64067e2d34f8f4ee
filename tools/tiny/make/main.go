// Command make makes lorabook-tiny, the small BERT that package tiny embeds:
//
//	go run ./tools/tiny/make --texts aclImdb_v1.tar.gz,aclImdb_v1_unsup.tar.xz
//
// It trains a vocabulary on the texts, starts the word embeddings from how the pieces
// occur together, trains the whole as a masked language model with short rows, then with
// long ones that also tell which two are of one text and what the other says, then taught
// what bert-base-cased thinks of them, and writes it in bfloat16. Only training halves and unlabelled reviews are read, and never a label.
// Everything is in the run folder: stop it with Ctrl-C, the same command goes on.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/cli"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// recipe is what decides the model; its zero value makes nothing.
type recipe struct {
	texts  []string
	pieces int
	config string // config.json
	short  pretrain.Pretraining
	long   pretrain.Pretraining
	longer pretrain.Pretraining
	taught pretrain.Pretraining
	seed   int64
}

func main() { cli.Main(command()) }

func command() *cobra.Command {
	var (
		texts        []string
		run, out     string
		steps, later int
		last, more   int
		teacher      string
		lessons, end int
	)
	cmd := &cobra.Command{
		Use:          "make --texts IMDB,UNLABELLED",
		Short:        "make lorabook-tiny",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			common := pretrain.Pretraining{Texts: texts, HeldOut: 500, Mask: 0.2, Warmup: 0.02, Seed: 1, MeasureEvery: 300}
			r := recipe{texts: texts, pieces: 8000, config: tinyConfig, short: common, long: common, longer: common, taught: common, seed: 1}
			r.short.Contrast = 0.1
			r.short.LearningRate, r.short.Stages = 1.5e-3, []pretrain.Stage{{Steps: steps, Rows: 128, Length: shortRow}, {Steps: 200, Rows: 32, Length: longRow}}
			r.long.Contrast, r.long.Bag, r.long.Neighbours, r.long.Precision = 0.3, 0.5, 8, precision.BFloat16
			r.long.LearningRate, r.long.Stages = 1e-3, []pretrain.Stage{{Steps: later, Rows: 64, Length: middleRow}, {Steps: last, Rows: 32, Length: longRow}}
			r.longer.Contrast, r.longer.Bag, r.longer.Neighbours, r.longer.Precision = 0.3, 1, 8, precision.BFloat16
			r.longer.LearningRate, r.longer.Stages = 1e-3, []pretrain.Stage{{Steps: more, Rows: 48, Length: sampleRow}, {Steps: last, Rows: 32, Length: longRow}}
			r.taught.Contrast, r.taught.Bag, r.taught.Neighbours = 0.3, 1, 8
			r.taught.Teacher = &pretrain.Teacher{Model: teacher, Layers: []int{10}, Texts: 8000, Weight: 5}
			r.taught.LearningRate, r.taught.Stages = 1e-3, []pretrain.Stage{{Steps: lessons, Rows: 48, Length: sampleRow}, {Steps: end, Rows: 32, Length: longRow}}
			return r.make(cmd.Context(), run, out)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&texts, "texts", nil, "data sets to learn from: IMDB's archive and that of its unlabelled reviews")
	flags.StringVar(&run, "run", "runs/tiny", "folder of the work")
	flags.StringVar(&out, "out", "pkg/tiny/model", "folder for the finished model")
	flags.IntVar(&steps, "steps", 2200, "steps with rows of 64 tokens")
	flags.IntVar(&later, "later-steps", 2400, "steps with rows of 128 tokens, after those")
	flags.IntVar(&more, "more-steps", 2300, "steps with rows of 160 tokens, once more")
	flags.IntVar(&last, "last-steps", 500, "steps with rows of 256 tokens, after each of these two")
	flags.StringVar(&teacher, "teacher", "bert-base-cased", "the model that teaches at last")
	flags.IntVar(&lessons, "taught-steps", 1500, "steps with rows of 160 tokens, taught")
	flags.IntVar(&end, "taught-last-steps", 200, "steps with rows of 256 tokens, taught")
	if err := cmd.MarkFlagRequired("texts"); err != nil {
		panic(err)
	}
	return cmd
}

// Rows in tokens: most of the training reads short ones, which cost less.
const (
	shortRow  = 64
	middleRow = 128
	sampleRow = 160
	longRow   = 256
)

// tinyConfig is BERT's own shape, made small.
const tinyConfig = `{
  "vocab_size": 8000, "hidden_size": 192, "num_hidden_layers": 4, "num_attention_heads": 3,
  "intermediate_size": 768, "max_position_embeddings": 256,
  "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0
}`

func (r recipe) make(ctx context.Context, run, out string) error {
	start := filepath.Join(run, "start")
	if _, err := os.Stat(start); err != nil {
		if err := r.start(ctx, start); err != nil {
			return err
		}
	}
	short, stretched := filepath.Join(run, "pretraining"), filepath.Join(run, "stretched")
	long, longer, taught := filepath.Join(run, "long"), filepath.Join(run, "longer"), filepath.Join(run, "taught")
	r.short.Model, r.long.Model = start, stretched
	r.longer.Model, r.taught.Model = filepath.Join(long, runfolder.ModelDir), filepath.Join(longer, runfolder.ModelDir)
	if err := train(ctx, short, r.short); err != nil {
		return err
	}
	if _, err := os.Stat(stretched); err != nil {
		if err := stretch(ctx, filepath.Join(short, runfolder.ModelDir), stretched); err != nil {
			return err
		}
	}
	if err := train(ctx, long, r.long); err != nil {
		return err
	}
	if err := train(ctx, longer, r.longer); err != nil {
		return err
	}
	if err := train(ctx, taught, r.taught); err != nil {
		return err
	}
	if err := export(filepath.Join(taught, runfolder.ModelDir), out); err != nil {
		return err
	}
	return r.draw(filepath.Dir(out), short, long, longer, taught)
}

func train(ctx context.Context, dir string, p pretrain.Pretraining) error {
	result, err := pretrain.Run(ctx, dir, p, pretrain.Options{Progress: progress.New(os.Stderr)})
	if err != nil {
		return err
	}
	fmt.Println(result)
	return nil
}

// start makes the model that training begins with.
func (r recipe) start(ctx context.Context, dir string) error {
	var texts []string
	for _, spec := range r.texts {
		more, warnings, err := data.OpenTexts(ctx, spec)
		if err != nil {
			return err
		}
		for _, w := range warnings {
			fmt.Fprintln(os.Stderr, "warning: "+w)
		}
		texts = append(texts, more...)
	}
	fmt.Fprintf(os.Stderr, "training a vocabulary of %d pieces on %d texts\n", r.pieces, len(texts))
	vocab, err := tokenizers.TrainVocabulary(ctx, slices.Values(texts), tokenizers.VocabularyOptions{Size: r.pieces, Alphabet: 200})
	if err != nil {
		return err
	}
	tokenizer, err := tokenizers.New(vocab, tokenizers.Options{})
	if err != nil {
		return err
	}
	config, err := bert.ParseConfig([]byte(r.config))
	if err != nil {
		return err
	}
	m, err := bert.New(config, tokenizer, bert.MaskedLM, r.seed)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "starting the word embeddings from how the pieces occur together")
	if err := embedByCompany(ctx, m, tokenizer.EncodeAll(texts, 0), r.seed); err != nil {
		return err
	}
	return m.Save(dir)
}
