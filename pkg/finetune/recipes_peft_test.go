package finetune

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/schedule"
)

// recipe is a training off the defaults.
type recipe struct {
	name   string
	task   data.Task
	change func(*Experiment)
	init   map[string]any // fields of LoraConfig, for an adapter that PEFT initializes
	module []string       // modules that learn without an adapter, by their names in transformers
}

// square are target modules with square and with other weights.
var square = []string{"query", "value", "output.dense"}

// recipes cover the initializations, the modules to save, the methods, the losses and the optimizer's settings.
// Every one has an incomplete last batch and warm-up steps that do not divide the updates; many have an
// incomplete last accumulation.
var recipes = []recipe{
	{name: "accumulated", change: func(e *Experiment) { e.Training.Accumulate = 5 }},
	{name: "accumulation above an epoch", change: func(e *Experiment) { e.Training.Accumulate, e.Training.Epochs = math.MaxInt, 12 }},
	{name: "PiSSA", change: func(e *Experiment) {
		e.Adapter = lora.Config{R: 4, Alpha: 6, TargetModules: square, Init: lora.InitPiSSA}
	},
		init: map[string]any{"r": 4, "lora_alpha": 6, "target_modules": square, "init_lora_weights": "pissa"}},
	{name: "PiSSA, DoRA", change: func(e *Experiment) {
		e.Adapter = lora.Config{R: 3, Alpha: 6, TargetModules: square, DoRA: true, Init: lora.InitPiSSA}
	}, init: map[string]any{"r": 3, "lora_alpha": 6, "target_modules": square, "use_dora": true, "init_lora_weights": "pissa"}},
	{name: "OLoRA, head and pooler", change: func(e *Experiment) {
		e.Adapter = lora.Config{R: 4, Alpha: 6, TargetModules: square, Init: lora.InitOLoRA, ModulesToSave: []string{"classifier", "pooler"}}
	}, init: map[string]any{"r": 4, "lora_alpha": 6, "target_modules": square, "init_lora_weights": "olora", "modules_to_save": []string{"classifier", "pooler"}}},
	{name: "EVA", change: func(e *Experiment) {
		e.Adapter = lora.Config{R: 2, Alpha: 4, TargetModules: square, Init: lora.InitEVA}
	}},
	{name: "orthogonal, rsLoRA", change: func(e *Experiment) {
		e.Adapter = lora.Config{R: 4, Alpha: 4, RSLoRA: true, TargetModules: []string{lora.AllLinear}, Init: lora.InitOrthogonal}
	}},
	{name: "random, patterns", change: func(e *Experiment) {
		e.Adapter = lora.Config{R: 3, Alpha: 4, TargetModules: square, RankPattern: lora.Patterns[int]{{Modules: "value", Value: 5}}, AlphaPattern: lora.Patterns[float64]{{Modules: "query", Value: 9}}, Init: lora.InitRandom}
	}},
	{name: "gaussian, biases", change: func(e *Experiment) {
		e.Adapter = lora.Config{R: 4, Alpha: 8, Bias: lora.BiasAll, Init: lora.InitGaussian}
	}},
	{name: "embeddings", change: func(e *Experiment) { e.Adapter = ofEmbeddings }},
	{name: "SHiRA, head and pooler", change: func(e *Experiment) {
		e.Adapter = lora.Config{PeftType: lora.SHiRA, R: 3, TargetModules: square, ModulesToSave: []string{"classifier", "pooler"}}
	}},
	{name: "LoRA+, cosine", change: func(e *Experiment) {
		e.Training.LoRAPlusLRRatio, e.Training.Schedule = 4, schedule.Cosine
	}},
	{name: "head", module: []string{"classifier"}, change: func(e *Experiment) { e.Method, e.Adapter = HeadOnly, lora.Config{} }},
	{name: "head and pooler, accumulated", module: []string{"classifier", "pooler"}, change: func(e *Experiment) {
		e.Method, e.Adapter, e.Training.Accumulate = HeadOnly, lora.Config{ModulesToSave: []string{"classifier", "pooler"}}, 5
	}},
	{name: "full", module: []string{""}, change: func(e *Experiment) { e.Method, e.Adapter, e.Training.Accumulate = Full, lora.Config{}, 5 }},
	{name: "weights and smoothing", change: func(e *Experiment) {
		e.Training.Accumulate, e.Training.Loss = 5, objective.Loss{ClassWeights: someWeights, LabelSmoothing: 0.2}
	}},
	{name: "weights and focal loss", change: func(e *Experiment) {
		e.Training.Accumulate, e.Training.Loss = 5, objective.Loss{ClassWeights: someWeights, FocalGamma: 1.5}
	}},
	{name: "positive weights", task: data.MultiLabel, change: func(e *Experiment) {
		e.Training.Accumulate, e.Training.Loss = 5, objective.Loss{PositiveWeights: objective.Weights{ByClass: map[string]float64{"with k": 3, "with m": 0.5, "with n": 1.5}}}
	}},
	{name: "regression", task: data.Regression, change: func(e *Experiment) { e.Training.Accumulate = 5 }},
	{name: "tags", task: data.TokenClassification, change: func(e *Experiment) { e.Training.Accumulate = 5 }},
	{name: "tags, full", task: data.TokenClassification, module: []string{""}, change: func(e *Experiment) {
		e.Method, e.Adapter, e.Training.Accumulate = Full, lora.Config{}, 5
	}},
}

var someWeights = objective.Weights{ByClass: map[string]float64{"bad": 0.4, "good": 2.5}}

// TestRecipesAsPyTorch: whole trainings of many recipes equal those of PyTorch and PEFT in float64, from the
// same initial tensors on the same examples: the loss, the norm of the gradient and the learning rate of each
// update, and the trained tensors. PiSSA and OLoRA are initialized by PEFT there, and here by lorabook.
func TestRecipesAsPyTorch(t *testing.T) {
	testenv.Need(t, "LORABOOK_PYTHON")
	runs, networks, jobs := make([]*Run, len(recipes)), make([]*network, len(recipes)), make([]map[string]any, len(recipes))
	for i, c := range recipes {
		e := recipeToy(t, c.task)
		c.change(&e)
		runs[i] = openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
		networks[i] = openNetwork(t, runs[i], true)
		jobs[i] = recipeJob(t, c, runs[i], networks[i])
	}
	theirs := pythonSteps(t, "recipes_reference.py", jobs)
	for i, c := range recipes {
		t.Run(c.name, func(t *testing.T) {
			compareSteps(t, trainedLines(t, runs[i], networks[i]), theirs[i], runs[i].Experiment.Training.LearningRate)
			if c.init != nil {
				return // the adapter's file has twice the rank, on the weights of the base model
			}
			want, err := safetensors.Open(jobs[i]["out"].(string))
			if err != nil {
				t.Fatal(err)
			}
			defer want.Close()
			before := filepath.Join(jobs[i]["model"].(string), "model.safetensors")
			if c.module == nil {
				before = filepath.Join(jobs[i]["adapter"].(string), lora.TensorsFile)
			}
			file := map[Method]string{LoRA: lora.TensorsFile, HeadOnly: runfolder.HeadFile, Full: "model.safetensors"}[runs[i].Experiment.Method]
			compareMoves(t, before, filepath.Join(runs[i].learnedDir(), file), want)
		})
	}
}

// recipeToy is an experiment of a task whose last batch and last accumulation of an epoch are incomplete.
func recipeToy(t *testing.T, task data.Task) Experiment {
	t.Helper()
	e := toy(t)
	switch task {
	case data.MultiLabel, data.Regression:
		e = taskToy(t, task)
	case data.TokenClassification:
		e = tagToy(t)
	}
	e.Data.Train, e.Adapter.Dropout = 90, 0
	e.Training = Training{
		Epochs: 3, BatchSize: 8, LearningRate: 2e-3, Warmup: 0.13, WeightDecay: 0.3, Beta1: 0.8, Beta2: 0.99, Epsilon: 1e-6, MaxGradNorm: 0.5,
		MetricForBestModel: objective.Last,
	}
	return e
}

// recipeJob saves the initial tensors of a training, and returns it as recipes_reference.py expects it.
func recipeJob(t *testing.T, c recipe, r *Run, n *network) map[string]any {
	t.Helper()
	how, dir := r.Experiment.Training, t.TempDir()
	labels := n.Config.Labels
	weights := func(w objective.Weights) (list []float64) {
		for _, label := range labels {
			if w.ByClass != nil {
				list = append(list, w.ByClass[label])
			}
		}
		return list
	}
	job := map[string]any{
		"model": n.Dir, "task": r.Experiment.task(), "classes": len(labels), "steps": recipeSteps(t, r, n), "out": filepath.Join(dir, "out.safetensors"),
		"loss": map[string]any{
			"class_weights": weights(how.Loss.ClassWeights), "positive_weights": weights(how.Loss.PositiveWeights),
			"label_smoothing": how.Loss.LabelSmoothing, "focal_gamma": how.Loss.FocalGamma,
		},
		"optimizer": map[string]any{
			"learning_rate": how.LearningRate, "schedule": how.Schedule, "warmup": how.Warmup, "weight_decay": how.WeightDecay,
			"betas": []float64{how.Beta1, how.Beta2}, "eps": how.Epsilon, "max_grad_norm": how.MaxGradNorm, "loraplus_lr_ratio": how.LoRAPlusLRRatio,
		},
	}
	if c.module != nil {
		job["model"], job["modules"] = filepath.Join(dir, "model"), c.module
		if err := n.Save(filepath.Join(dir, "model")); err != nil {
			t.Fatal(err)
		}
		return job
	}
	job["adapter"] = filepath.Join(dir, "adapter")
	if err := n.adapter.Save(filepath.Join(dir, "adapter")); err != nil {
		t.Fatal(err)
	}
	if c.init != nil {
		c.init["task_type"] = "SEQ_CLS"
		job["init"] = c.init
	}
	return job
}

// recipeSteps returns the examples of each update, and checks that each epoch has an incomplete batch and ends
// with a step of its own.
func recipeSteps(t *testing.T, r *Run, n *network) (steps [][]map[string]any) {
	t.Helper()
	examples, err := r.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	lengths := r.trainingLengths(n, examples)
	packed, err := r.packedShape(n, examples, lengths)
	if err != nil {
		t.Fatal(err)
	}
	batcher, rows, err := r.trainingBatcher(n, examples, lengths, packed)
	if err != nil {
		t.Fatal(err)
	}
	how := r.Experiment.Training
	for epoch := range how.Epochs {
		sequence, sizes := batcher.Epoch(epoch), []int{}
		var step []map[string]any
		for at := range sequence.Len() {
			index := sequence.At(at).Index
			sizes = append(sizes, len(index))
			for _, i := range index {
				step = append(step, stepsRow(r.Experiment.task(), rows, i, len(examples.Labels)))
			}
			if (at+1)%how.Accumulate == 0 || at == sequence.Len()-1 {
				steps, step = append(steps, step), nil
			}
		}
		if !slices.ContainsFunc(sizes, func(size int) bool { return size < how.BatchSize }) || how.Accumulate > 1 && len(sizes)%how.Accumulate == 0 {
			t.Fatalf("batches of %v examples, %d for a step: expected an incomplete batch and an incomplete accumulation", sizes, how.Accumulate)
		}
	}
	if warm := how.Warmup * float64(len(steps)); warm == math.Trunc(warm) {
		t.Fatalf("%v warm-up steps, expected a fraction", warm)
	}
	return steps
}
