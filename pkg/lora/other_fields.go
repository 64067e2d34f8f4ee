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
	// inert: a loaded adapter computes the same whatever its value, which PEFT may restrict.
	inert bool
	// object: PEFT reads null or an object alone.
	object bool
	// off are the other values with which PEFT computes the same, of a field that is not inert.
	off string
}

// loraFields are the fields that PEFT 0.21 writes for LoRA and that a Config does not have,
// with their defaults. Those that are not inert must have a value that switches nothing on: an empty
// object switches KaSA on.
var loraFields = map[string]otherField{
	"alora_invocation_tokens": {value: "null", off: "[]"},
	"arrow_config":            {value: "null"},
	"auto_mapping":            {value: "null", inert: true},               // the class of a base model without a task
	"corda_config":            {value: "null", inert: true, object: true}, // settings of an initialization; init_lora_weights says whether it was used
	"ensure_weight_tying":     {value: "false", inert: true},              // read by completeFromFile
	"eva_config":              {value: "null", inert: true, object: true}, // as corda_config
	"fan_in_fan_out":          {value: "false", inert: true},              // PEFT sets it to false for the projections of BERT, and ignores it for embeddings
	"inference_mode":          {value: "true", inert: true},               // of the Python object that was saved
	"init_lora_weights":       {value: "true", inert: true},               // read by keepsWeights
	"kasa_config":             {value: "null"},
	"layer_replication":       {value: "null", off: `[] {} 0 false ""`},
	"loftq_config":            {value: "{}", inert: true},                 // as corda_config
	"lora_ga_config":          {value: "null", inert: true, object: true}, // as corda_config
	"megatron_config":         {value: "null", off: `{} [] 0 false ""`},
	"megatron_core":           {value: `"megatron.core"`, inert: true}, // for megatron_config
	"monteclora_config":       {value: "null"},
	"peft_type":               {value: `"LORA"`, inert: true}, // read by parseConfig
	"peft_version":            {value: `"0.21.0"`, inert: true},
	"qalora_group_size":       {value: "16", inert: true}, // for use_qalora
	"target_parameters":       {value: "null", off: "[] {} 0 false"},
	"trainable_token_indices": {value: "null", off: "{}"},
	"use_bdlora":              {value: "null"},
	"use_qalora":              {value: "false", off: "null 0"},
	"velora_config":           {value: "null"},
}

// reason says why a value of the field is refused; empty where it is not.
func (f otherField) reason(value string) string {
	switch {
	case f.object && value != "null" && !strings.HasPrefix(value, "{"):
		return "expected null or an object, as in PEFT"
	case f.inert || value == f.value || slices.Contains(strings.Fields(f.off), value):
		return ""
	}
	return "expected " + f.value + "; " + wholeModel
}

// unknownReason is the reason for a field that this version does not know.
func unknownReason(name, value string) string {
	off := []string{"null", "false", "[]", `""`}
	if !strings.HasSuffix(name, "_config") && !strings.HasPrefix(name, "use_") { // of which PEFT switches some on by {}
		off = append(off, "{}")
	}
	if slices.Contains(off, value) {
		return ""
	}
	return "the field is unknown to this version, and may change what the adapter computes"
}

// keepsWeights reports whether a value of init_lora_weights stands for an initialization that
// leaves the base model's weights alone, so that it does not matter for a trained adapter.
// PEFT reads gaussian and mica in upper and lower case alike; mica differs in what is
// trained, its files hold A and B as ever. It reads null as false.
func keepsWeights(raw json.RawMessage) bool {
	value := jsonvalue.Compact(raw)
	for _, method := range initialization.All() {
		if text, err := json.Marshal(method.PEFT); err == nil && string(text) == value {
			return !method.MovesWeight()
		}
	}
	return slices.Contains([]string{`"gaussian"`, `"mica"`, "null"}, strings.ToLower(value))
}

// shiraFields are all fields that PEFT 0.21 writes for SHiRA, with their defaults. The
// initialization of the mask and its values does not matter: the file has both.
var shiraFields = map[string]otherField{
	"auto_mapping":            {value: "null", inert: true},
	"base_model_name_or_path": {value: "null", inert: true},
	"fan_in_fan_out":          {value: "false", inert: true},
	"inference_mode":          {value: "true", inert: true},
	"init_weights":            {value: "true", inert: true},
	"mask_type":               {value: `"random"`, inert: true},
	"modules_to_save":         {value: "null", inert: true},
	"peft_type":               {value: `"SHIRA"`, inert: true},
	"peft_version":            {value: `"0.21.0"`, inert: true},
	"r":                       {value: "32", inert: true},
	"random_seed":             {value: "null", inert: true},
	"revision":                {value: "null", inert: true},
	"target_modules":          {value: "null", inert: true},
	"task_type":               {value: "null", inert: true},
}
