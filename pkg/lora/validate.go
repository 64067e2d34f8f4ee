package lora

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/finite"
	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// validate checks a configuration that has its defaults, and reports every mistake. lenient
// allows what PEFT computes though nothing would be learned by it.
func (c Config) validate(lenient bool) error {
	var bad mistakes
	switch {
	case c.PeftType != "" && !c.sparse():
		bad.add("peft_type", c.PeftType, "expected "+LoRA+" or "+SHiRA)
	case c.sparse():
		c.validateSHiRA(&bad)
	default:
		c.validateLoRA(&bad, lenient)
	}
	c.validateModules(&bad, lenient)
	c.validatePatterns(&bad, lenient)
	switch {
	case !(c.Fraction >= 0 && c.Fraction <= 1):
		bad.add("fraction", c.Fraction, "expected above 0 to 1: the share of a weight's values that the adapter holds")
	case c.Fraction > 0 && (c.R != 0 || len(c.RankPattern) > 0):
		bad.add("fraction", c.Fraction, "gives every module its rank: leave r and rank_pattern out")
	}
	if c.R < 0 {
		bad.add("r", c.R, "expected a rank of at least 1")
	}
	if strings.ContainsAny(c.BaseModelPrefix, "./") {
		bad.add("base_model_prefix", c.BaseModelPrefix, "expected the name of one scope, such as bert")
	}
	if !slices.Contains(peftTasks, c.TaskType) {
		bad.add("task_type", c.TaskType, "expected one of "+strings.Join(peftTasks, ", "))
	}
	return bad.err()
}

// validateLoRA checks the settings that SHiRA does not have.
func (c Config) validateLoRA(bad *mistakes, lenient bool) {
	method, err := initialization.Find(c.Init)
	if err != nil {
		bad.add("init_lora_weights", c.Init, "expected one of "+strings.Join(initialization.Names(), ", ")+", N a whole number")
	}
	if !(c.Alpha > 0 && finite.Float32(c.Alpha)) && !lenient || math.IsInf(c.Alpha, 0) || math.IsNaN(c.Alpha) {
		bad.add("lora_alpha", c.Alpha, "expected a number above 0 that float32 can hold")
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) && !(lenient && c.Dropout == 1) {
		bad.add("lora_dropout", c.Dropout, "expected from 0 to below 1: the share that is dropped")
	}
	if !slices.Contains([]string{BiasNone, BiasAll, BiasLoRAOnly}, c.Bias) {
		bad.add("bias", c.Bias, "expected none, all or lora_only")
	}
	switch {
	case c.EVA != nil && !method.FromInputs:
		bad.add("eva_config", c.EVA, "is for the initialization eva only: set init_lora_weights to it, or leave this out")
	case c.EVA != nil && !(c.EVA.Rho >= 1 && !math.IsInf(c.EVA.Rho, 1)):
		bad.add("eva_config.rho", c.EVA.Rho, "expected at least 1: how many times its rank a module may get")
	}
	switch {
	case c.LoRABias && c.DoRA:
		bad.add("lora_bias", c.LoRABias, "cannot be combined with use_dora, as in PEFT")
	case c.LoRABias && err == nil && !method.LoRABias:
		bad.add("lora_bias", c.LoRABias, "can be combined with these initializations only, as in PEFT: "+strings.Join(namesWithBias(), ", "))
	}
}

// namesWithBias are the initializations that PEFT combines with lora_bias.
func namesWithBias() []string {
	var names []string
	for _, method := range initialization.All() {
		if method.LoRABias {
			names = append(names, method.Name)
		}
	}
	return names
}

// validateSHiRA refuses the settings that SHiRA does not have.
func (c Config) validateSHiRA(bad *mistakes) {
	for _, s := range []struct {
		field string
		value any
		set   bool
	}{
		{"lora_alpha", c.Alpha, c.Alpha != 0},
		{"use_rslora", c.RSLoRA, c.RSLoRA},
		{"use_dora", c.DoRA, c.DoRA},
		{"lora_dropout", c.Dropout, c.Dropout != 0},
		{"exclude_modules", c.ExcludeModules, len(c.ExcludeModules) > 0},
		{"exclude_modules", c.ExcludeRegexp, c.ExcludeRegexp != ""},
		{"layers_to_transform", c.LayersToTransform, len(c.LayersToTransform) > 0},
		{"layers_pattern", c.LayersPattern, len(c.LayersPattern) > 0},
		{"rank_pattern", c.RankPattern, len(c.RankPattern) > 0},
		{"alpha_pattern", c.AlphaPattern, len(c.AlphaPattern) > 0},
		{"bias", c.Bias, c.Bias != ""},
		{"lora_bias", c.LoRABias, c.LoRABias},
		{"init_lora_weights", c.Init, c.Init != ""},
		{"eva_config", c.EVA, c.EVA != nil},
	} {
		if s.set {
			bad.add(s.field, s.value, fmt.Sprintf("is not for peft_type %s, which has r or fraction, target modules and modules to save: leave it out", SHiRA))
		}
	}
}

// validateModules checks the settings that choose modules.
func (c Config) validateModules(bad *mistakes, lenient bool) {
	if c.TargetRegexp != "" && len(c.TargetModules) > 0 {
		bad.add("target_modules", c.TargetModules, "target modules and a regular expression exclude one another: set one of them")
	}
	if len(c.TargetModules) > 1 && slices.Contains(c.TargetModules, AllLinear) {
		bad.add("target_modules", c.TargetModules, AllLinear+" stands for every module: give it alone")
	}
	if c.ExcludeRegexp != "" && len(c.ExcludeModules) > 0 {
		bad.add("exclude_modules", c.ExcludeModules, "modules to exclude and a regular expression exclude one another: set one of them")
	}
	switch {
	case len(c.LayersToTransform) > 0 && (c.TargetRegexp != "" || c.allLinear()):
		bad.add("layers_to_transform", c.LayersToTransform, "can be combined with target modules by name only; a regular expression can choose the layers itself")
	case len(c.LayersPattern) > 0 && len(c.LayersToTransform) == 0:
		bad.add("layers_pattern", c.LayersPattern, "is for finding layers_to_transform: set those")
	}
	for _, n := range c.LayersToTransform {
		if n < 0 && !lenient {
			bad.add("layers_to_transform", n, "expected a number from 0")
		}
	}
	for _, list := range []struct {
		field string
		names []string
	}{{"target_modules", c.TargetModules}, {"modules_to_save", c.ModulesToSave}, {"exclude_modules", c.ExcludeModules}} {
		for _, name := range list.names {
			switch {
			case name == "":
				bad.add(list.field, list.names, "holds an empty name")
			case strings.Contains(name, "/"):
				bad.add(list.field, name, "expected a dotted name: "+dotted.Name(name))
			}
		}
	}
}

// validatePatterns checks the ranks and alphas of patterns.
func (c Config) validatePatterns(bad *mistakes, lenient bool) {
	for _, p := range c.RankPattern {
		if p.Value < 1 {
			bad.add("rank_pattern", p.Value, "expected a rank of at least 1 for "+p.Modules)
		}
	}
	for _, p := range c.AlphaPattern {
		if !(p.Value > 0 && finite.Float32(p.Value)) && !lenient || math.IsInf(p.Value, 0) || math.IsNaN(p.Value) {
			bad.add("alpha_pattern", p.Value, "expected a number above 0 that float32 can hold for "+p.Modules)
		}
	}
}

// choosesTied reports whether a module is adapted or saved that PEFT ties to another with
// ensure_weight_tying. PEFT knows them by two names, which BERT does not have.
func (c Config) choosesTied() bool {
	for _, name := range slices.Concat(c.TargetModules, c.ModulesToSave) {
		last := name[strings.LastIndexByte(name, '.')+1:]
		if last == "embed_tokens" || last == "lm_head" {
			return true
		}
	}
	return false
}

// peftTasks are PEFT's task types, and NoTask.
var peftTasks = []string{"SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS", "FEATURE_EXTRACTION", "CAUSAL_LM", "SEQ_2_SEQ_LM", NoTask}
