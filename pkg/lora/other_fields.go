package lora

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/lora/initialization"
	"github.com/lorabook/lorabook/pkg/lora/internal/jsonvalue"
)

// otherField is a field of PEFT's settings that a [Config] does not have.
type otherField struct {
	value string // JSON, its default
	inert bool   // a loaded adapter computes the same whatever its value
}

// loraFields are the fields that PEFT 0.21 writes for LoRA and that a Config does not have,
// with their defaults. Those that are not inert must have a value that switches nothing on.
var loraFields = map[string]otherField{
	"alora_invocation_tokens": {"null", false},
	"arrow_config":            {"null", false},
	"auto_mapping":            {"null", true},  // the class of a base model without a task
	"corda_config":            {"null", true},  // settings of an initialization; init_lora_weights says whether it was used
	"ensure_weight_tying":     {"false", true}, // read by ownFields
	"eva_config":              {"null", true},  // as corda_config
	"fan_in_fan_out":          {"false", false},
	"inference_mode":          {"true", true}, // of the Python object that was saved
	"init_lora_weights":       {"true", true}, // read by keepsWeights
	"kasa_config":             {"null", false},
	"layer_replication":       {"null", false},
	"loftq_config":            {"{}", true},   // as corda_config
	"lora_ga_config":          {"null", true}, // as corda_config
	"megatron_config":         {"null", false},
	"megatron_core":           {`"megatron.core"`, true}, // for megatron_config
	"monteclora_config":       {"null", false},
	"peft_type":               {`"LORA"`, true}, // read by parseConfig
	"peft_version":            {`"0.21.0"`, true},
	"qalora_group_size":       {"16", true}, // for use_qalora
	"target_parameters":       {"null", false},
	"trainable_token_indices": {"null", false},
	"use_bdlora":              {"null", false},
	"use_qalora":              {"false", false},
	"velora_config":           {"null", false},
}

// keepsWeights reports whether a value of init_lora_weights stands for an initialization that
// leaves the base model's weights alone, so that it does not matter for a trained adapter.
// PEFT reads gaussian and mica in upper and lower case alike; mica differs in what is
// trained, its files hold A and B as ever.
func keepsWeights(raw json.RawMessage) bool {
	value := jsonvalue.Compact(raw)
	for _, method := range initialization.All() {
		if text, err := json.Marshal(method.PEFT); err == nil && string(text) == value {
			return !method.MovesWeight()
		}
	}
	return slices.Contains([]string{`"gaussian"`, `"mica"`}, strings.ToLower(value))
}

// shiraFields are all fields that PEFT 0.21 writes for SHiRA, with their defaults. The
// initialization of the mask and its values does not matter: the file has both.
var shiraFields = map[string]otherField{
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

// switchesNothingOn reports whether a field has a value with which it has no effect.
func switchesNothingOn(raw json.RawMessage) bool {
	return slices.Contains([]string{"null", "false", "{}", "[]", `""`}, jsonvalue.Compact(raw))
}
