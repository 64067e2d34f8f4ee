package main

import "slices"

// kind is what is measured of a recipe.
type kind string

const (
	// steps are those of the second of two epochs: the first compiles. Tokens a second.
	steps kind = "steps"
	// epochs are all of a training, from the start of the process: the first as it is, and
	// the second as often as there are more of them. Seconds.
	epochs kind = "epochs"
	// adapter is from the start of the process to the saved adapter, whose accuracy on the
	// test reviews is then told. Seconds.
	adapter kind = "adapter"
	// evaluation answers the test reviews twice, the second time counts. Reviews a second.
	evaluation kind = "evaluation"
	// first is from the start of the process to the answers to the test reviews, as a
	// notebook's cell that asks a model. Seconds.
	first kind = "first"
	// tokenizing cuts all reviews into pieces twice, the second time counts. Tokens a second.
	tokenizing kind = "tokenizing"
)

// seconds tells whether less is better.
func (k kind) seconds() bool { return k == epochs || k == adapter || k == first }

// unit of what is shown.
func (k kind) unit() string {
	switch {
	case k.seconds():
		return "s"
	case k == evaluation:
		return "reviews/s"
	}
	return "tokens/s"
}

// recipe is how a side does a task. Both sides read it as JSON; what one has no use for it
// leaves alone.
type recipe struct {
	Kind     kind  `json:"kind"`
	Reviews  int   `json:"reviews"`        // to learn from; -1: all that there are, and all of the test half
	Tests    int   `json:"tests"`          // to answer
	Length   int   `json:"length"`         // tokens of a review, at most
	Fill     bool  `json:"fill,omitempty"` // reviews are repeated until they have as many
	OneCore  bool  `json:"one_core,omitempty"`
	Judged   bool  `json:"judged,omitempty"` // the accuracy of what was learned is told too; an adapter's always is
	Bfloat16 bool  `json:"bfloat16,omitempty"`
	Seed     int64 `json:"seed,omitempty"` // of the reviews that are drawn, fresh weights, order and dropout; 0: 1

	Full         bool     `json:"full,omitempty"` // everything learns, no adapter
	Rank         int      `json:"rank"`
	Alpha        float64  `json:"alpha"`
	Dropout      float64  `json:"dropout"`
	Targets      []string `json:"targets"`
	Layers       []int    `json:"layers,omitempty"` // that are adapted; none: all
	Epochs       int      `json:"epochs"`
	BatchSize    int      `json:"batch_size"`
	LearningRate float64  `json:"learning_rate"`

	PrefixCache string `json:"prefix_cache,omitempty"` // finetune.Training's; the peer has none
	Kept        bool   `json:"kept,omitempty"`         // programs that XLA compiled for an earlier process are there
}

// judged reports whether the accuracy is told.
func (r recipe) judged() bool { return r.Judged || r.Kind == adapter }

// task is something that both sides do.
type task struct {
	name string
	what string // for the reader
	ours recipe
	peer recipe
	self string // of a peer that is this module too: what it does; empty: the peer is PEFT
}

// plain is LoRA as PEFT does it to BERT by default, with the usual rate and dropout.
var plain = recipe{
	Kind: steps, Reviews: 96, Tests: 256, Length: 256,
	Rank: 8, Alpha: 16, Dropout: 0.1, Targets: []string{"query", "value"},
	Epochs: 2, BatchSize: 16, LearningRate: 1e-3,
}

// but is a recipe with something changed.
func (r recipe) but(change func(*recipe)) recipe {
	change(&r)
	return r
}

func inBfloat16(r *recipe) { r.Bfloat16 = true }
func inFloat32(r *recipe)  { r.Bfloat16 = false }

// alike is a task that both sides do by one recipe.
func alike(name, what string, r recipe) task {
	return task{name: name, what: what, ours: r, peer: r}
}

// tasks are all of them, in the order of the table. The peer of the tokenizer is the one
// in Rust that transformers calls.
var tasks = []task{
	alike("train", "training, float32: LoRA on all layers", plain),
	alike("train-bfloat16", "the same in bfloat16", plain.but(inBfloat16)),
	alike("full", "full fine-tuning, float32", plain.but(everything)),
	{name: "upper", what: "30 epochs, LoRA on the upper two layers, float32", ours: upper.but(cached("float32")), peer: upper},
	{name: "upper-bfloat16", what: "the same in bfloat16", ours: upper.but(cached("bfloat16")).but(inBfloat16), peer: upper.but(inBfloat16)},
	{name: "adapter", what: "from files to a saved adapter of 85.3 %, in bfloat16", ours: enough.but(cached("bfloat16")), peer: enough},
	{name: "precision", what: "the same adapter in bfloat16 and in float32", ours: enough.but(cached("bfloat16")), peer: enough.but(inFloat32).but(cached("float32")), self: "float32"},
	{name: "own-full", what: "an epoch of that adapter beside one of our own full fine-tuning, in bfloat16", ours: steady.but(cached("bfloat16")), peer: steady.but(everything).but(sooner), self: "full"},
	alike("evaluate", "evaluation with the merged model, float32", plain.but(func(r *recipe) { r.Kind = evaluation })),
	alike("evaluate-bfloat16", "the same in bfloat16", plain.but(func(r *recipe) { r.Kind = evaluation }).but(inBfloat16)),
	{name: "cell", what: "a cell that asks the model for answers, where an earlier one has done so", ours: asked.but(kept), peer: asked, self: "compiled anew"},
	alike("tokenize-one", "tokenizing the whole data set on one core", whole.but(func(r *recipe) { r.OneCore = true })),
	alike("tokenize", "the same on all cores", whole),
}

var (
	upper = plain.but(func(r *recipe) { r.Kind, r.Epochs, r.Layers = epochs, 30, []int{10, 11} })
	asked = plain.but(func(r *recipe) { r.Kind, r.Reviews, r.Tests = first, validation, 8 })
	whole = plain.but(func(r *recipe) { r.Kind, r.Reviews, r.Tests = tokenizing, -1, -1 })

	// enough is the quickest of a dozen recipes that were tried for 85.3 %, on either side:
	// adapters of the upper layers learn in fewer steps than of all, and three epochs of few
	// reviews cost less than two of more.
	enough = plain.but(inBfloat16).but(func(r *recipe) {
		r.Kind, r.Reviews, r.Tests, r.Epochs, r.Layers, r.LearningRate = adapter, 500, 1000, 3, []int{8, 9, 10, 11}, 2e-3
	})

	// steady is the same with the second epoch's time for a result.
	steady = enough.but(func(r *recipe) { r.Kind, r.Judged = steps, true })
)

func everything(r *recipe) { r.Full, r.LearningRate = true, 5e-5 }

// sooner is where everything learns from few reviews: more steps of fewer.
func sooner(r *recipe) { r.Epochs, r.BatchSize = 2, 8 }

func kept(r *recipe) { r.Kept = true }

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

// sized is the task with other numbers of reviews and tokens, where they are not 0 and the
// task does not take all.
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

// named is the task of that name.
func named(name string) (task, bool) {
	i := slices.IndexFunc(tasks, func(t task) bool { return t.name == name })
	if i < 0 {
		return task{}, false
	}
	return tasks[i], true
}
