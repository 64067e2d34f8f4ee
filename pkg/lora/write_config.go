package lora

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// encodeConfig writes the settings as PEFT does: every field, sorted. others are the fields
// that a Config does not have, from the file that the adapter was opened from.
func encodeConfig(c Config, others map[string]json.RawMessage) ([]byte, error) {
	fields := map[string]any{}
	for name, field := range loraFields {
		fields[name] = json.RawMessage(field.value)
	}
	if c.sparse() {
		for name, field := range shiraFields {
			fields[name] = json.RawMessage(field.value)
		}
	}
	method := c.initialization()
	fields["init_lora_weights"] = method.PEFT
	if method.MovesWeight() { // what is saved leaves them alone
		fields["init_lora_weights"] = true
	}
	if c.EVA != nil {
		fields["eva_config"] = c.EVA.peft()
	}
	for name, value := range others {
		fields[name] = value
	}
	fields["inference_mode"] = true
	fields["r"], fields["lora_alpha"], fields["lora_dropout"] = c.R, c.Alpha, c.Dropout
	fields["use_rslora"] = c.RSLoRA
	fields["use_dora"], fields["bias"], fields["lora_bias"] = c.DoRA, c.Bias, c.LoRABias
	fields["target_modules"] = slices.Sorted(slices.Values(c.TargetModules))
	if c.TargetRegexp != "" {
		fields["target_modules"] = c.TargetRegexp
	}
	fields["exclude_modules"] = orNull(slices.Sorted(slices.Values(c.ExcludeModules)), len(c.ExcludeModules) == 0)
	if c.ExcludeRegexp != "" {
		fields["exclude_modules"] = c.ExcludeRegexp
	}
	fields["layers_to_transform"] = orNull(c.LayersToTransform, len(c.LayersToTransform) == 0)
	fields["layers_pattern"] = orNull(c.LayersPattern, len(c.LayersPattern) == 0)
	fields["rank_pattern"], fields["alpha_pattern"] = c.RankPattern, c.AlphaPattern
	fields["modules_to_save"] = orNull(c.ModulesToSave, len(c.ModulesToSave) == 0)
	fields["task_type"] = orNull(c.TaskType, c.TaskType == NoTask)
	fields["base_model_name_or_path"] = orNull(c.BaseModel, c.BaseModel == "")
	fields["revision"] = orNull(c.Revision, c.Revision == "")
	if c.sparse() { // fields of LoRA alone
		maps.DeleteFunc(fields, func(name string, _ any) bool { return shiraFields[name] == otherField{} })
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // regular expressions may hold < and >
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(fields); err != nil {
		return nil, fmt.Errorf("lora: encode %s: %w", ConfigFile, err)
	}
	return text.Bytes(), nil
}

func orNull(value any, null bool) any {
	if null {
		return nil
	}
	return value
}
