package lora

import (
	"math"
	"slices"
	"strings"
)

// PEFT's defaults, which the zero values of a [Config] stand for.
const (
	DefaultR     = 8
	DefaultAlpha = 8.0
)

// NoTask as a [Config]'s TaskType writes null, for models that PEFT has no task for.
const NoTask = "none"

// Values of a [Config]'s Bias.
const (
	BiasNone     = "none"
	BiasAll      = "all"
	BiasLoRAOnly = "lora_only"
)

// defaultTargets are PEFT's for BERT, defaultModulesToSave those of its sequence
// classification.
var (
	defaultTargets       = []string{"query", "value"}
	defaultModulesToSave = []string{"classifier", "score"}
)

// headsOf are the modules that PEFT adds to modules_to_save for a task, whatever is named
// there.
func headsOf(task string) []string {
	switch task {
	case "SEQ_CLS", "TOKEN_CLS":
		return defaultModulesToSave
	case "QUESTION_ANS":
		return []string{"qa_outputs"}
	}
	return nil
}

// Config describes an adapter. Its zero value is PEFT's adapter for classifying
// sequences with BERT: r 8, alpha 8, no dropout, on query and value, classifier
// trained along.
//
// The JSON names are those of PEFT's adapter_config.json, but for target_regexp,
// which PEFT writes as a target_modules that is a string.
type Config struct {
	// PeftType is [LoRA], for which empty stands, or [SHiRA]: of the weight of each
	// projection some entries learn, at random places, and no matrices. R, Fraction, the
	// target modules and those to save are all that SHiRA has.
	PeftType string `json:"peft_type,omitempty"`

	// R is the rank of the adapter's matrices; with SHiRA, R·(in+out) entries of a weight
	// [out, in] learn, as many as the matrices would have. Default 8, with SHiRA 32.
	R int `json:"r,omitempty"`

	// Fraction, instead of R and RankPattern, gives each module the rank at which its
	// matrices hold this share of its weight's values, from above 0 to 1:
	// Fraction·in·out/(in+out), rounded, at least 1. A file that is saved says those
	// ranks, which PEFT has no other way to say. With SHiRA it is the share of the entries
	// that learn, 0.2 where a mask leaves out 80 %; PEFT's file has one r for all modules,
	// and is filled up with zeros that change nothing. Default not set.
	Fraction float64 `json:"fraction,omitempty"`

	// Alpha scales the adapter by Alpha/R. Default 8.
	Alpha float64 `json:"lora_alpha,omitempty"`

	// RSLoRA scales by Alpha/√R instead (https://arxiv.org/abs/2312.03732).
	RSLoRA bool `json:"use_rslora,omitempty"`

	// DoRA learns the length of each row of a weight apart from its direction, which
	// alone the matrices change (https://arxiv.org/abs/2402.09353): a vector [out] more
	// for each module. It does not go with LoRABias. Default false.
	DoRA bool `json:"use_dora,omitempty"`

	// Dropout is the share of the projection's inputs, from 0 to below 1, that the
	// adapter does not see in a training step; embeddings see all. Default 0.
	Dropout float64 `json:"lora_dropout,omitempty"`

	// TargetModules names the projections and embeddings that are adapted: by their whole
	// dotted name, or by what follows a dot in it ("query", "attention.output.dense",
	// "word_embeddings"), or all projections, by [AllLinear] alone.
	// Default query and value, unless TargetRegexp is set.
	TargetModules []string `json:"target_modules,omitempty"`

	// TargetRegexp, instead of TargetModules, is a regular expression that the
	// whole dotted name must match, look-around included.
	TargetRegexp string `json:"target_regexp,omitempty"`

	// ExcludeModules names modules that are not adapted, though TargetModules or
	// TargetRegexp choose them: by the whole dotted name, or by what follows a dot in
	// it. ExcludeRegexp does so by a regular expression for the whole name; one of the
	// two can be set. Default none.
	ExcludeModules []string `json:"exclude_modules,omitempty"`
	ExcludeRegexp  string   `json:"exclude_regexp,omitempty"`

	// LayersToTransform, with TargetModules by name, adapts only modules in the layers
	// of these numbers, from 0, and those that TargetModules gives the whole name of. A module's layer is the first number in its dotted name;
	// with LayersPattern, the first behind a name that one of these regular expressions
	// matches ("layer"). Default all modules, in layers or not.
	LayersToTransform []int    `json:"layers_to_transform,omitempty"`
	LayersPattern     []string `json:"layers_pattern,omitempty"`

	// RankPattern and AlphaPattern give modules a rank or an alpha of their own, instead
	// of R and Alpha. Default none.
	RankPattern  Patterns[int]     `json:"rank_pattern,omitempty"`
	AlphaPattern Patterns[float64] `json:"alpha_pattern,omitempty"`

	// ModulesToSave names the modules that are trained whole and saved with the
	// adapter: those whose dotted name ends so, as PEFT does without asking for a
	// dot before it ("classifier" takes DistilBERT's pre_classifier too). Such a
	// module is never adapted. To those named, PEFT adds the heads of the task, which
	// need not be there, and so does this package: classifier and score for SEQ_CLS and
	// TOKEN_CLS, qa_outputs for QUESTION_ANS. Nil is those, and classifier and score for
	// [NoTask] too; an empty list with NoTask is none.
	ModulesToSave []string `json:"modules_to_save"`

	// Bias says which biases of the model learn with the adapter and are saved with it:
	// [BiasNone], [BiasAll], or those of the adapted modules, [BiasLoRAOnly]. With one of
	// the latter the model without the adapter is no longer what it was, as PEFT warns.
	// Default none.
	Bias string `json:"bias,omitempty"`

	// LoRABias gives each matrix B a bias [out] that learns; embeddings have none. Default none.
	LoRABias bool `json:"lora_bias,omitempty"`

	// Init is the initialization of the matrices of a fresh adapter: [InitKaiming],
	// [InitGaussian], [InitOrthogonal], [InitRandom], [InitPiSSA], "pissa_niter_N",
	// [InitOLoRA] or [InitEVA], the last four for projections alone. An embedding's B is
	// always normal with deviation 1, and its A zero, or drawn like B with InitRandom.
	// Default [InitKaiming].
	Init string `json:"init_lora_weights,omitempty"`

	// EVA is how [InitEVA] gives out ranks, for which alone it can be set. Default that
	// of its fields.
	EVA *EVAConfig `json:"eva_config,omitempty"`

	// TaskType is PEFT's name for the task, which tells PEFT the class that loads
	// the adapter. Default SEQ_CLS; [NoTask] writes null.
	TaskType string `json:"task_type,omitempty"`

	// BaseModelPrefix is the scope of the store that PEFT's names do without, because the
	// model in Python is the bare encoder: "bert" for transformers' BertModel, whose
	// base_model_prefix it is. Names in this configuration do without it too. A file that
	// is opened says itself whether it has it. Default none, and with TaskType
	// FEATURE_EXTRACTION the scope that holds the whole model, if there is one.
	BaseModelPrefix string `json:"base_model_prefix,omitempty"`

	// BaseModel is the hub name or folder of the model the adapter belongs to,
	// written down for PEFT. Default empty, written as null.
	BaseModel string `json:"base_model_name_or_path,omitempty"`

	// Revision is the branch, tag or commit of BaseModel on the hub, at which PEFT's
	// AutoPeftModel classes open it. Default empty, written as null.
	Revision string `json:"revision,omitempty"`
}

// Scaling is the factor s of the adapter's output: Alpha/R, or Alpha/√R for RSLoRA;
// of modules that neither RankPattern nor AlphaPattern matches, nor EVA gave another rank. With Fraction it differs
// by module, and this is 0; with SHiRA it is 1.
func (c Config) Scaling() float64 {
	c = c.withDefaults()
	if c.sparse() {
		return 1
	}
	if c.Fraction > 0 {
		return 0
	}
	return c.scaling(c.R, c.Alpha)
}

// scaling is the factor for a rank and an alpha.
func (c Config) scaling(r int, alpha float64) float64 {
	if c.RSLoRA {
		return alpha / math.Sqrt(float64(r))
	}
	return alpha / float64(r)
}

// withDefaults replaces the zero values, and shares no slice with c.
func (c Config) withDefaults() Config {
	if c.PeftType == LoRA {
		c.PeftType = ""
	}
	if c.R == 0 && c.Fraction == 0 {
		if c.R = DefaultR; c.sparse() {
			c.R = DefaultSHiRA
		}
	}
	if c.Alpha == 0 && !c.sparse() {
		c.Alpha = DefaultAlpha
	}
	if len(c.TargetModules) == 0 && c.TargetRegexp == "" {
		c.TargetModules = defaultTargets
	}
	if c.Bias == "" && !c.sparse() {
		c.Bias = BiasNone
	}
	if c.Init == "" && !c.sparse() {
		c.Init = InitKaiming
	}
	if c.TaskType == "" {
		c.TaskType = "SEQ_CLS"
	}
	if c.ModulesToSave == nil && c.TaskType == NoTask {
		c.ModulesToSave = defaultModulesToSave
	}
	c.ModulesToSave = append([]string{}, c.ModulesToSave...)
	for _, name := range headsOf(c.TaskType) {
		if !slices.Contains(c.ModulesToSave, name) {
			c.ModulesToSave = append(c.ModulesToSave, name)
		}
	}
	if c.EVA != nil || c.Init == InitEVA {
		c.EVA = c.EVA.withDefaults()
	}
	c.TargetModules = slices.Clone(c.TargetModules)
	c.ExcludeModules = slices.Clone(c.ExcludeModules)
	c.LayersToTransform = slices.Clone(c.LayersToTransform)
	c.LayersPattern = slices.Clone(c.LayersPattern)
	c.RankPattern = slices.Clone(c.RankPattern)
	c.AlphaPattern = slices.Clone(c.AlphaPattern)
	return c
}

// allLinear tells whether the targets are [AllLinear].
func (c Config) allLinear() bool {
	return len(c.TargetModules) == 1 && strings.EqualFold(c.TargetModules[0], AllLinear)
}
