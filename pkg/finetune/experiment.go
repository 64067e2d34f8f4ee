package finetune

import (
	"cmp"
	"fmt"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/schedule"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// Experiment is the complete configuration of a run: the same value produces the same numbers
// on the same engine. The zero value of a field means its documented default, which Open writes
// out into experiment.json.
type Experiment struct {
	Model string `json:"model"` // folder, .zip or name for bert.Resolve; default tiny.Name, "lorabook-tiny"
	// ModelVersion identifies the weights of tiny.Name, which can differ between versions of
	// this module: their results are not confused. The default is the only valid value: this
	// module's version for tiny.Name, and "" for other models.
	ModelVersion string `json:"model_version,omitempty"`
	// ModelRevision is the branch, tag or commit of a Model on the hub; folders, .zip files
	// and tiny.Name have none. The adapter's files name it. Default the main branch.
	ModelRevision string `json:"model_revision,omitempty"`
	// FreshHead initializes a new classifier instead of the model folder's, and skips tensors
	// of unknown heads. It is for a base that was trained for another task, with other classes
	// or with another problem_type, like transformers' ignore_mismatched_sizes. By default a
	// trained classifier with the same number of classes is trained further.
	FreshHead bool          `json:"fresh_head,omitempty"`
	Task      data.Task     `json:"task,omitempty"`   // kind of answer: data.SingleLabel, data.MultiLabel, data.Regression or data.TokenClassification; default SingleLabel, which is written as ""
	Data      splits.Config `json:"data"`             // selection of the examples
	Method    Method        `json:"method,omitempty"` // trained weights: LoRA, HeadOnly or Full; default LoRA
	Adapter   lora.Config   `json:"adapter"`          // for the method LoRA; HeadOnly uses its ModulesToSave, Full no field
	Training  Training      `json:"training"`         // optimizer, schedule, evaluations
	Seed      int64         `json:"seed"`             // of subsets (see Data.Seed), fresh weights, batch order and dropout; default 1

	// Devices is the number of devices of the engine that share the training and the evaluations:
	// each has the whole model and computes its part of the rows of every batch (data parallelism).
	// The batches, the dropout masks and the learning rates are those of one device; the sums over
	// rows have another order, so that losses, weights and predictions differ in their last digits.
	// Only a training whose texts are so short that several share a row has other batches on one device.
	// It must divide Training.BatchSize. Several devices need XLA: its CPU plugin has 4, which
	// share the processor; its CUDA plugin has one for each GPU. Default 1, which is written as 0.
	Devices int `json:"devices,omitempty"`
}

// Training configures the training: AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with
// bias correction, on the mean loss of a batch: cross-entropy for data.SingleLabel, sigmoid
// cross-entropy for data.MultiLabel, squared error for data.Regression. For
// data.TokenClassification it is the mean cross-entropy of the first tokens of all words of a
// step.
//
// A batch has examples of similar length. Of short examples several share a row (packing, with
// block-diagonal attention), and each batch has the same mix of lengths, if that saves at least a tenth
// of the computation and as much as the compilation of a program costs. The loss and the gradients of a
// batch are those of rows of their own. With PrefixCache, and on several devices, each has its own.
type Training struct {
	Epochs       int                 `json:"epochs"`        // passes over the training examples, at most 2^31-1; default 2, of tiny.Name 10
	BatchSize    int                 `json:"batch_size"`    // examples of one pass through the network, times Data.MaxLength at most batching.MaxTokens; default 16
	Accumulate   int                 `json:"accumulate"`    // batches per optimizer step (gradient accumulation), more than an epoch has: all of it; default 1
	LearningRate float64             `json:"learning_rate"` // peak; default 1e-3, of Full 5e-5
	Schedule     schedule.Name       `json:"schedule"`      // of the learning rate, after the warm-up: one of schedule.Names; default schedule.Linear
	Warmup       float64             `json:"warmup"`        // share of the steps in which the rate rises from 0; default 0.06; -1 means none, and a single step has none
	WeightDecay  float64             `json:"weight_decay"`  // of every trainable tensor, as in torch.optim.AdamW; default 0
	Beta1        float64             `json:"adam_beta1"`    // default 0.9; -1 means 0
	Beta2        float64             `json:"adam_beta2"`    // default 0.999; -1 means 0
	Epsilon      float64             `json:"adam_epsilon"`  // default 1e-8
	MaxGradNorm  float64             `json:"max_grad_norm"` // limit of the gradient's global norm; default 1; -1 means no clipping
	Precision    precision.Precision `json:"precision"`     // of matrix products, in predictions as well: Float32 or BFloat16; default Float32
	Evaluations  int                 `json:"evaluations"`   // on the validation examples, per epoch, evenly spaced; default 2
	Patience     int                 `json:"patience"`      // evaluations without improvement before the training stops early; default 0: never

	// PrefixCache caches the hidden states of the frozen layers below all trainable weights:
	// they are the same in every epoch and evaluation. The states are stored in the user's
	// cache folder as Float32 or BFloat16, which rounds them and halves their size. Training
	// and validation then compute only the layers above. Other runs with the same frozen
	// weights, examples and Data.MaxLength use the same cache. The lowest layers must be frozen:
	// by adapter.layers_to_transform, or with HeadOnly.
	//
	// Since the states are computed once, the frozen layers have no dropout; without the cache
	// they have it, as with PEFT. The layers above and the adapter keep theirs. For a model
	// without dropout, Float32 produces the same training except for rounding, unless the texts are
	// so short that without the cache several share a row. Default "": off.
	PrefixCache precision.Precision `json:"prefix_cache,omitempty"`

	// Loss changes the loss that is minimized: class weights, label smoothing, focal loss,
	// positive weights. Default: the task's own loss.
	Loss objective.Loss `json:"loss,omitzero"`

	// MetricForBestModel selects the state that is kept; default objective.ByLoss.
	MetricForBestModel objective.BestBy `json:"metric_for_best_model,omitempty"`

	// LoRAPlusLRRatio is LoRA+ (Hayou et al. 2024, arXiv:2402.12354): the matrices B and all
	// trainable vectors use LearningRate times this factor, and WeightDecay excludes biases and
	// layer norms, with the groups of PEFT's create_loraplus_optimizer. The paper's is 16, with
	// a lower LearningRate. Default 0: all tensors alike.
	LoRAPlusLRRatio float64 `json:"loraplus_lr_ratio,omitempty"`
	// LoRAPlusLREmbedding is LoRA+'s peak learning rate of an adapted embedding's matrices;
	// default 1e-6 with LoRAPlusLRRatio.
	LoRAPlusLREmbedding float64 `json:"loraplus_lr_embedding,omitempty"`
}

// WithDefaults returns the experiment with every default written out. Errors in the adapter are
// those of lora.New.
func (e Experiment) WithDefaults() (Experiment, error) {
	settings.Default(&e.Model, tiny.Name)
	version, err := tiny.VersionOf(e.Model)
	if err != nil {
		return e, err
	}
	settings.Default(&e.ModelVersion, version)
	settings.Default(&e.Seed, 1)
	if e.Task == data.SingleLabel {
		e.Task = "" // as experiments of earlier versions have it
	}
	if e.Devices == 1 {
		e.Devices = 0 // as experiments of earlier versions have it
	}
	e.Data = e.Data.WithDefaults(e.Seed)
	t := &e.Training
	if e.Model == tiny.Name {
		settings.Default(&t.Epochs, 10)
	}
	settings.Default(&t.Epochs, 2)
	settings.Default(&t.BatchSize, 16)
	settings.Default(&t.Accumulate, 1)
	if e.Method == Full {
		settings.Default(&t.LearningRate, 5e-5)
	}
	settings.Default(&t.LearningRate, 1e-3)
	settings.Default(&t.Schedule, schedule.Linear)
	settings.Default(&t.Warmup, 0.06)
	settings.Default(&t.Beta1, 0.9)
	settings.Default(&t.Beta2, 0.999)
	settings.Default(&t.Epsilon, 1e-8)
	settings.Default(&t.MaxGradNorm, 1)
	settings.Default(&t.Precision, precision.Float32)
	settings.Default(&t.Evaluations, 2)
	if t.MetricForBestModel == "loss" {
		t.MetricForBestModel = objective.ByLoss
	}
	if t.LoRAPlusLRRatio != 0 {
		settings.Default(&t.LoRAPlusLREmbedding, 1e-6)
	}
	return e.withMethod()
}

// FieldError names an invalid field of an experiment.
type FieldError = settings.FieldError

// Validate returns a *FieldError for the first invalid field of an experiment whose defaults are
// written out. WithDefaults checks the adapter.
func (e Experiment) Validate() error {
	if err := e.validateVersion(); err != nil {
		return err
	}
	if err := objective.Validate(e.Task, e.Training.Loss, e.Training.MetricForBestModel); err != nil {
		return err
	}
	if err := e.Data.Validate(); err != nil {
		return err
	}
	if err := e.validateTokens(); err != nil {
		return err
	}
	t := e.Training
	for _, f := range []struct {
		name  string
		value int
		min   int
	}{
		{"training.epochs", t.Epochs, 1}, {"training.batch_size", t.BatchSize, 1}, {"training.accumulate", t.Accumulate, 1},
		{"training.evaluations", t.Evaluations, 1}, {"training.patience", t.Patience, 0},
	} {
		if f.value < f.min {
			return &FieldError{Field: f.name, Reason: fmt.Sprintf("is %d, expected at least %d", f.value, f.min)}
		}
	}
	if err := e.validateSizes(); err != nil {
		return err
	}
	if err := e.validateDevices(); err != nil {
		return err
	}
	if err := e.validateMethod(); err != nil {
		return err
	}
	if err := e.validatePrefix(); err != nil {
		return err
	}
	if err := t.MetricForBestModel.Validate(t.Patience); err != nil {
		return err
	}
	return trainer.Validate("training.", t.optimizer(), t.Precision)
}

// validateVersion refuses weights of other versions.
func (e Experiment) validateVersion() error {
	if err := tiny.CheckVersion(e.Model, e.ModelVersion); err != nil {
		return &FieldError{Field: "model_version", Reason: err.Error()}
	}
	return nil
}

// optimizer returns the settings of the optimizer.
func (t Training) optimizer() trainer.Optimizer {
	return trainer.Optimizer{
		LearningRate: t.LearningRate, Schedule: t.Schedule, Warmup: t.Warmup, WeightDecay: t.WeightDecay,
		Beta1: t.Beta1, Beta2: t.Beta2, Epsilon: t.Epsilon, MaxGradNorm: t.MaxGradNorm,
		LoRAPlusLRRatio: t.LoRAPlusLRRatio, LoRAPlusLREmbedding: t.LoRAPlusLREmbedding,
	}
}

// task returns the kind of answer, SingleLabel for "".
func (e Experiment) task() data.Task { return cmp.Or(e.Task, data.SingleLabel) }
