package lora

import "fmt"

// Values of a [Config]'s PeftType.
const (
	LoRA  = "LORA"
	SHiRA = "SHIRA"
)

// DefaultSHiRA is PEFT's default of r for SHiRA.
const DefaultSHiRA = 32

// sparse tells whether the adapter is SHiRA.
func (c Config) sparse() bool { return c.PeftType == SHiRA }

// shiraFields are all fields that PEFT 0.21 writes for SHiRA, as [peftFields]. How the
// mask and its values were initialized does not matter: the file has both.
var shiraFields = map[string]peftField{
	"auto_mapping":            {"null", true},
	"base_model_name_or_path": {"null", true},
	"fan_in_fan_out":          {"false", false},
	"inference_mode":          {"true", true},
	"init_weights":            {"true", true},
	"mask_type":               {`"random"`, true},
	"modules_to_save":         {"null", true},
	"peft_type":               {`"SHIRA"`, true},
	"peft_version":            {`"0.21.0"`, true},
	"r":                       {"32", true},
	"random_seed":             {"null", true},
	"revision":                {"null", true},
	"target_modules":          {"null", true},
	"task_type":               {"null", true},
}

// validateSparse refuses what SHiRA does not have.
func (c Config) validateSparse(fail func(field string, value any, reason string) error) error {
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
	} {
		if s.set {
			return fail(s.field, s.value, fmt.Sprintf("is not for peft_type %s, which has r or fraction, target modules and modules to save: leave it out", SHiRA))
		}
	}
	return nil
}
