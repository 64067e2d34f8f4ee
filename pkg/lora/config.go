package lora

import (
	"math"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/lora/internal/match"
)

// PEFT's defaults, which the zero values of a [Config] stand for.
const (
	DefaultR     = 8
	DefaultAlpha = 8.0
)

// NoTask is the TaskType of a [Config] for models for which PEFT has no task. It is null in
// the file.
const NoTask = "none"

// Values of a [Config]'s Bias.
const (
	BiasNone     = "none"
	BiasAll      = "all"
	BiasLoRAOnly = "lora_only"
)

// AllLinear, as the only one of a [Config]'s TargetModules, is every dense
// projection but the head that scores the classes.
const AllLinear = "all-linear"

// defaultTargets are PEFT's for BERT.
var defaultTargets = []string{"query", "value"}

// Config describes an adapter. Its zero value is PEFT's adapter for sequence classification
// with BERT: r 8, alpha 8, no dropout, on query and value, with a classifier that is trained
// and saved whole.
//
// The JSON names are those of PEFT's adapter_config.json. PEFT has no target_regexp, and
// writes a regular expression as a target_modules that is a string.
type Config struct {
	// PeftType is [LoRA] or [SHiRA]. With SHiRA, entries of the weight of each projection
	// learn, at random places, instead of matrices; it has the settings R, Fraction, target
	// modules and modules to save only. Default LoRA.
	PeftType string `json:"peft_type,omitempty"`

	// R is the rank of the adapter's matrices. With SHiRA, R·(in+out) entries of a weight
	// [out, in] learn, as many as the matrices would have values. Default 8, with SHiRA 32.
	R int `json:"r,omitempty"`

	// Fraction, instead of R and RankPattern, gives each module the rank at which its
	// matrices hold this share of its weight's values, from above 0 to 1:
	// Fraction·in·out/(in+out), rounded, at least 1. A saved file has those ranks as
	// rank_pattern, since PEFT has no such field. With SHiRA it is the share of the entries
	// that learn, 0.2 for a mask of 80 %; PEFT's file has one r for all modules, and is
	// padded with zeros at one place of a weight, which change no output. A training that
	// continues in PEFT moves that place by the sum of its copies; set R instead for such
	// an adapter. Default not set.
	Fraction float64 `json:"fraction,omitempty"`

	// Alpha scales the adapter by Alpha/R. Default 8.
	Alpha float64 `json:"lora_alpha,omitempty"`

	// RSLoRA scales by Alpha/√R instead (https://arxiv.org/abs/2312.03732).
	RSLoRA bool `json:"use_rslora,omitempty"`

	// DoRA learns the magnitude of each row of a weight in a vector [out], and its direction
	// by the matrices (https://arxiv.org/abs/2402.09353). It cannot be combined with LoRABias.
	// Default false.
	DoRA bool `json:"use_dora,omitempty"`

	// Dropout is the share of a projection's input values, from 0 to below 1, that are
	// dropped before A in a training step. Embeddings have no dropout. Default 0.
	Dropout float64 `json:"lora_dropout,omitempty"`

	// TargetModules names the projections and embeddings that are adapted, by their whole
	// dotted name or the end of it after a dot ("query", "attention.output.dense",
	// "word_embeddings"). [AllLinear] alone stands for all projections.
	// Default query and value, unless TargetRegexp is set.
	TargetModules []string `json:"target_modules,omitempty"`

	// TargetRegexp, instead of TargetModules, is a regular expression that the
	// whole dotted name must match, look-around included.
	TargetRegexp string `json:"target_regexp,omitempty"`

	// ExcludeModules names modules that are not adapted, though TargetModules or
	// TargetRegexp choose them, by the whole dotted name or the end of it after a dot.
	// ExcludeRegexp, instead, is a regular expression that the whole name must match. Default
	// none.
	ExcludeModules []string `json:"exclude_modules,omitempty"`
	ExcludeRegexp  string   `json:"exclude_regexp,omitempty"`

	// LayersToTransform, with TargetModules by name, adapts only modules in the layers of
	// these numbers, from 0, and those whose whole name TargetModules has. A module's layer
	// is the first number in its dotted name. With LayersPattern it is the first number after
	// a name that one of these regular expressions matches ("layer"). Default all modules.
	LayersToTransform []int    `json:"layers_to_transform,omitempty"`
	LayersPattern     []string `json:"layers_pattern,omitempty"`

	// RankPattern and AlphaPattern give modules a rank or an alpha of their own, instead
	// of R and Alpha. Default none.
	RankPattern  Patterns[int]     `json:"rank_pattern,omitempty"`
	AlphaPattern Patterns[float64] `json:"alpha_pattern,omitempty"`

	// ModulesToSave names the modules that are trained whole and saved with the adapter:
	// those whose dotted name has this end, with or without a dot before it, as in PEFT
	// ("classifier" matches DistilBERT's pre_classifier too). Such a module is never adapted.
	// Like PEFT, this package adds the heads of the task, which the model need not have:
	// classifier and score for SEQ_CLS and TOKEN_CLS, qa_outputs for QUESTION_ANS. Nil stands
	// for the heads alone, which are classifier and score for [NoTask] too; an empty list with
	// NoTask is none.
	ModulesToSave []string `json:"modules_to_save"`

	// Bias says which biases of the model learn with the adapter and are saved with it:
	// [BiasNone], [BiasAll], or [BiasLoRAOnly] for those of the adapted modules. Biases that
	// learn change the model without the adapter too, as PEFT warns. Default none.
	Bias string `json:"bias,omitempty"`

	// LoRABias gives each matrix B a bias [out] that learns; embeddings have none. Default none.
	LoRABias bool `json:"lora_bias,omitempty"`

	// Init is the initialization of the matrices of a fresh adapter: [InitKaiming],
	// [InitGaussian], [InitOrthogonal], [InitRandom], [InitPiSSA], "pissa_niter_N",
	// [InitOLoRA] or [InitEVA], the last four for projections alone. An embedding's B is
	// always normal with deviation 1, and its A zero, or drawn like B with InitRandom.
	// Default [InitKaiming].
	Init string `json:"init_lora_weights,omitempty"`

	// EVA are the settings of [InitEVA], for which alone they can be set. Default those of
	// its fields.
	EVA *EVAConfig `json:"eva_config,omitempty"`

	// TaskType is PEFT's name for the task, by which PEFT chooses the class that loads the
	// adapter. Default SEQ_CLS; [NoTask] writes null.
	TaskType string `json:"task_type,omitempty"`

	// BaseModelPrefix is the first scope of the modules in the store where PEFT's names do
	// not have it, because the model in Python is the encoder without a head: "bert" for
	// transformers' BertModel, whose base_model_prefix it is. Names in this configuration do
	// not have it either. For a file that is opened it follows from the file. Default none,
	// and with TaskType FEATURE_EXTRACTION the scope that holds the whole model, if there is
	// one.
	BaseModelPrefix string `json:"base_model_prefix,omitempty"`

	// BaseModel is the hub name or folder of the base model, saved for PEFT. Default empty,
	// written as null.
	BaseModel string `json:"base_model_name_or_path,omitempty"`

	// Revision is the branch, tag or commit of BaseModel on the hub that PEFT's AutoPeftModel
	// classes open. Default empty, written as null.
	Revision string `json:"revision,omitempty"`
}

// scaling returns the factor s of the adapter's output for a rank and an alpha: alpha/r, or
// alpha/√r for RSLoRA.
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
		c.ModulesToSave = match.ClassifierHeads
	}
	c.ModulesToSave = append([]string{}, c.ModulesToSave...)
	for _, name := range match.HeadsOf(c.TaskType) {
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

// allLinear reports whether the targets are [AllLinear].
func (c Config) allLinear() bool {
	return len(c.TargetModules) == 1 && strings.EqualFold(c.TargetModules[0], AllLinear)
}

// matcher finds the modules that the configuration adapts.
func (c Config) matcher() (*match.Matcher, error) {
	return match.New(match.Settings{
		TargetModules: c.TargetModules, TargetRegexp: c.TargetRegexp, AllLinear: c.allLinear(),
		ExcludeModules: c.ExcludeModules, ExcludeRegexp: c.ExcludeRegexp,
		LayersToTransform: c.LayersToTransform, LayersPattern: c.LayersPattern,
		ModulesToSave: c.ModulesToSave, TaskType: c.TaskType,
		RankPattern: c.RankPattern.modules(), AlphaPattern: c.AlphaPattern.modules(),
	})
}
