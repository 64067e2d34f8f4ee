package main

import "slices"

// kind selects the measured part of a recipe.
type kind string

const (
	// steps measures the second of two epochs, since the first includes compilation. Tokens per
	// second.
	steps kind = "steps"
	// epochs measures a whole training from the start of the process. Two epochs run; the time
	// of the second is an estimate for each of the others. Seconds.
	epochs kind = "epochs"
	// adapter measures from the start of the process to the saved adapter, and then the
	// adapter's accuracy on the test reviews. Seconds.
	adapter kind = "adapter"
	// evaluation classifies the test reviews twice and measures the second time. Reviews per
	// second.
	evaluation kind = "evaluation"
	// first measures from the start of the process to the predictions for the test reviews, as
	// in a notebook's cell. Seconds.
	first kind = "first"
	// tokenizing tokenizes all reviews twice and measures the second time. Tokens per second.
	tokenizing kind = "tokenizing"
)

// seconds reports whether the unit is seconds, so that less is better.
func (k kind) seconds() bool { return k == epochs || k == adapter || k == first }

// unit returns the unit of the measured value.
func (k kind) unit() string {
	switch {
	case k.seconds():
		return "s"
	case k == evaluation:
		return "reviews/s"
	}
	return "tokens/s"
}

// recipe configures one side of a task. Both sides read it as JSON and ignore the fields that
// do not apply to them.
type recipe struct {
	Kind     kind  `json:"kind"`
	Reviews  int   `json:"reviews"`        // training reviews; -1: all of the training half and all of the test half
	Tests    int   `json:"tests"`          // test reviews
	Length   int   `json:"length"`         // largest number of tokens of a review
	Fill     bool  `json:"fill,omitempty"` // repeat each review's text up to Length tokens
	OneCore  bool  `json:"one_core,omitempty"`
	Judged   bool  `json:"judged,omitempty"` // measure the test accuracy too; the kind adapter always does
	Bfloat16 bool  `json:"bfloat16,omitempty"`
	Seed     int64 `json:"seed,omitempty"` // of the sampled reviews, the initialization, the order and dropout; 0: 1

	// The texts are the first N words of the reviews, N drawn uniformly from MinWords to MaxWords.
	// 0: whole reviews.
	MinWords int `json:"min_words,omitempty"`
	MaxWords int `json:"max_words,omitempty"`

	Full         bool     `json:"full,omitempty"` // full fine-tuning, no adapter
	Rank         int      `json:"rank"`
	Alpha        float64  `json:"alpha"`
	Dropout      float64  `json:"dropout"`
	Targets      []string `json:"targets"`
	Layers       []int    `json:"layers,omitempty"` // layers with adapters; empty: all
	Epochs       int      `json:"epochs"`
	BatchSize    int      `json:"batch_size"`
	LearningRate float64  `json:"learning_rate"`

	PrefixCache string `json:"prefix_cache,omitempty"` // of finetune.Training; the peer has no such cache
	Kept        bool   `json:"kept,omitempty"`         // load the programs that XLA compiled for an earlier process

	Package string `json:"package,omitempty"` // the peer's tokenizer, a package of Python
}

// judged reports whether the test accuracy is measured.
func (r recipe) judged() bool { return r.Judged || r.Kind == adapter }

// task is one comparison.
type task struct {
	name string
	what string // description for the table
	ours recipe
	peer recipe
	self string // name of the peer's column if the peer is lorabook too; empty: the peer is PEFT
}

// baseRecipe is LoRA with PEFT's default modules for BERT and the usual learning rate and dropout.
var baseRecipe = recipe{
	Kind: steps, Reviews: 96, Tests: 256, Length: 256,
	Rank: 8, Alpha: 16, Dropout: 0.1, Targets: []string{"query", "value"},
	Epochs: 2, BatchSize: 16, LearningRate: 1e-3,
}

// modified returns a copy of the recipe with a change.
func (r recipe) modified(change func(*recipe)) recipe {
	change(&r)
	return r
}

func inBfloat16(r *recipe) { r.Bfloat16 = true }
func inFloat32(r *recipe)  { r.Bfloat16 = false }

// alike is a task with the same recipe on both sides.
func alike(name, what string, r recipe) task {
	return task{name: name, what: what, ours: r, peer: r}
}

// tasks lists all tasks in the order of the table. The peer of the tokenizing tasks is a package
// of Python, see [task.against].
var tasks = []task{
	alike("train", "training, float32: LoRA on all layers", baseRecipe),
	alike("train-bfloat16", "the same in bfloat16", baseRecipe.modified(inBfloat16)),
	alike("train-short", "training on the first 3 to 40 words of reviews, float32", trainShort),
	alike("train-short-bfloat16", "the same in bfloat16", trainShort.modified(inBfloat16)),
	alike("full", "full fine-tuning, float32", baseRecipe.modified(fullFineTuning)),
	{name: "upper", what: "30 epochs, LoRA on the upper two layers, float32", ours: upper.modified(cached("float32")), peer: upper},
	{name: "upper-bfloat16", what: "the same in bfloat16", ours: upper.modified(cached("bfloat16")).modified(inBfloat16), peer: upper.modified(inBfloat16)},
	{name: "adapter", what: "from files to a saved adapter of 85.3 %, in bfloat16", ours: fastest.modified(cached("bfloat16")), peer: fastest},
	{name: "precision", what: "the same adapter in bfloat16 and in float32", ours: fastest.modified(cached("bfloat16")), peer: fastest.modified(inFloat32).modified(cached("float32")), self: "float32"},
	{name: "own-full", what: "an epoch of that adapter, compared with lorabook's own full fine-tuning, in bfloat16", ours: fastestEpoch.modified(cached("bfloat16")), peer: fastestEpoch.modified(fullFineTuning).modified(smallBatches), self: "full"},
	alike("evaluate", "evaluation with the merged model, float32", baseRecipe.modified(func(r *recipe) { r.Kind = evaluation })),
	alike("evaluate-bfloat16", "the same in bfloat16", baseRecipe.modified(func(r *recipe) { r.Kind = evaluation }).modified(inBfloat16)),
	alike("evaluate-short", "evaluation on the first 3 to 40 words of reviews, float32", evaluateShort),
	alike("evaluate-short-bfloat16", "the same in bfloat16", evaluateShort.modified(inBfloat16)),
	{name: "cell", what: "a notebook cell that classifies reviews, with the compiled programs of an earlier process", ours: cellRecipe.modified(cachedPrograms), peer: cellRecipe, self: "compiled again"},
	alike("tokenize-one", "tokenizing the whole data set on one core", tokenizeAll.modified(func(r *recipe) { r.OneCore = true })),
	alike("tokenize", "the same on all cores", tokenizeAll),
}

var (
	upper       = baseRecipe.modified(func(r *recipe) { r.Kind, r.Epochs, r.Layers = epochs, 30, []int{10, 11} })
	cellRecipe  = baseRecipe.modified(func(r *recipe) { r.Kind, r.Reviews, r.Tests = first, validation, 8 })
	tokenizeAll = baseRecipe.modified(func(r *recipe) { r.Kind, r.Reviews, r.Tests = tokenizing, -1, -1 })

	// fastest is the fastest of a dozen recipes that were tried for 85.3 % accuracy, on either
	// side. Adapters on the upper layers need fewer steps than adapters on all layers, and
	// three epochs of few reviews cost less than two epochs of more.
	fastest = baseRecipe.modified(inBfloat16).modified(func(r *recipe) {
		r.Kind, r.Reviews, r.Tests, r.Epochs, r.Layers, r.LearningRate = adapter, 500, 1000, 3, []int{8, 9, 10, 11}, 2e-3
	})

	// fastestEpoch is the same recipe, with the time of the second epoch as the result.
	fastestEpoch = fastest.modified(func(r *recipe) { r.Kind, r.Judged = steps, true })
)

func fullFineTuning(r *recipe) { r.Full, r.LearningRate = true, 5e-5 }

// smallBatches suits full fine-tuning on few reviews: more steps with smaller batches.
func smallBatches(r *recipe) { r.Epochs, r.BatchSize = 2, 8 }

func cachedPrograms(r *recipe) { r.Kept = true }

func cached(precision string) func(*recipe) {
	return func(r *recipe) { r.PrefixCache = precision }
}

func taskNames() []string {
	names := make([]string, len(tasks))
	for i, t := range tasks {
		names[i] = t.name
	}
	return names
}

// sized returns the task with other numbers of reviews and tokens. It leaves a number unchanged
// if the argument is 0 or the task uses all reviews.
func (t task) sized(reviews, tests, length int) task {
	for _, r := range []*recipe{&t.ours, &t.peer} {
		for _, size := range []struct {
			field *int
			value int
		}{{&r.Reviews, reviews}, {&r.Tests, tests}, {&r.Length, length}} {
			if size.value != 0 && *size.field > 0 {
				*size.field = size.value
			}
		}
	}
	return t
}

// tokenizerPackages are the peers of the tokenizing tasks. The first is the one that
// transformers uses.
var tokenizerPackages = []string{"tokenizers", "nanotoken"}

// against returns a tokenizing task with its peer, and any other task unchanged. Each peer but
// the first has results of its own.
func (t task) against(tokenizer string) task {
	if t.ours.Kind != tokenizing {
		return t
	}
	t.peer.Package = tokenizer
	if tokenizer != tokenizerPackages[0] {
		t.name += "-" + tokenizer
	}
	return t
}

// taskByName returns the task with a name.
func taskByName(name string) (task, bool) {
	i := slices.IndexFunc(tasks, func(t task) bool { return t.name == name })
	if i < 0 {
		return task{}, false
	}
	return tasks[i], true
}
