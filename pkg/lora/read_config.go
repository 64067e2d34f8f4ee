package lora

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/pkg/lora/internal/jsonvalue"
)

// The files of an adapter, as PEFT names them.
const (
	ConfigFile  = "adapter_config.json"
	TensorsFile = "adapter_model.safetensors"
)

// otherType is the advice on adapters of other types than LoRA and SHiRA.
const otherType = `expected "LORA" or "SHIRA"; in PEFT, open the adapter on its base, and write the whole model by model.merge_and_unload().save_pretrained(DIR), or, where it changes weights by a product or a sum, plain LoRA as near to it as the rank allows by peft.save_as_lora(DIR, model, rank=...); both open here`

// wholeModel is the advice on adapters that PEFT can merge and this module cannot read.
const wholeModel = "in PEFT, open the adapter on its base, and write the whole model by model.merge_and_unload().save_pretrained(DIR), which opens here"

// otherInitialization is the advice on adapters that PEFT saved beside weights it had changed.
const otherInitialization = "this initialization may have changed the base model's weights, which are not in the file: " + wholeModel

// ReadConfig reads the adapter_config.json in the folder.
//
// Settings that change what the adapter computes and that this package does not know give an
// *[UnsupportedError] that names all of them. Values out of range give a *[ConfigError] each,
// joined to one error. A file that is not JSON gives an error that says where. A folder
// without the file gives one that is fs.ErrNotExist.
func ReadConfig(dir string) (Config, error) {
	c, _, err := readConfig(dir)
	return c, err
}

// readConfig also returns the fields that a [Config] does not have.
func readConfig(dir string) (Config, map[string]json.RawMessage, error) {
	path := filepath.Join(dir, ConfigFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil, fmt.Errorf("lora: %s holds no adapter: %w", dir, err)
	}
	if err != nil {
		return Config{}, nil, fmt.Errorf("lora: %w", err)
	}
	c, others, err := parseConfig(path, text)
	if err != nil {
		return Config{}, nil, err
	}
	return c, others, nil
}

func parseConfig(path string, text []byte) (c Config, others map[string]json.RawMessage, err error) {
	if err := lfs.Check(path, text); err != nil {
		return c, nil, fmt.Errorf("lora: %w", err)
	}
	var fields map[string]json.RawMessage
	if at := jsonvalue.NotUTF8(text); at >= 0 {
		return c, nil, fmt.Errorf("lora: %s: expected a JSON object in UTF-8, found another encoding at byte %d: save the file again in UTF-8", path, at+1)
	}
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		if bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
			return c, nil, fmt.Errorf("lora: %s: expected an adapter's settings, found an HTML page: a server answered a download with it; download the file again", path)
		}
		return c, nil, fmt.Errorf("lora: %s: expected a JSON object: %w", path, jsonvalue.Error(err))
	}
	known := loraFields
	switch string(fields["peft_type"]) {
	case `"LORA"`:
	case `"SHIRA"`:
		known = shiraFields
	default:
		return c, nil, &UnsupportedError{path, []Setting{{"peft_type", jsonvalue.Shorten(fields["peft_type"]), otherType}}}
	}
	c, own, err := configOf(fields)
	if err != nil {
		return c, nil, inFile(path, err)
	}
	if others, err = otherFields(path, fields, own, known); err != nil {
		return c, nil, err
	}
	if _, err := newAdapter(c, true); err != nil {
		return c, nil, inFile(path, err)
	}
	return c, others, nil
}

// inFile names the file in the errors of settings.
func inFile(path string, err error) error {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	for _, err := range list {
		var bad *ConfigError
		if errors.As(err, &bad) {
			bad.Path = path
			if bad.Field == "target_regexp" { // PEFT has no such field
				bad.Field = "target_modules"
			}
		}
	}
	return err
}

// otherFields returns the fields that a Config does not have, own being those that it has.
// Those that would change what the adapter computes give an *[UnsupportedError].
func otherFields(path string, fields map[string]json.RawMessage, own []string, known map[string]otherField) (map[string]json.RawMessage, error) {
	others, unsupported := map[string]json.RawMessage{}, &UnsupportedError{Path: path}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if slices.Contains(own, name) || name == "runtime_config" { // PEFT ignores the latter in a file
			continue
		}
		field, ok := known[name]
		reason := ""
		switch {
		case name == "init_lora_weights":
			if !keepsWeights(fields[name]) {
				reason = otherInitialization
			}
		case ok:
			reason = field.reason(jsonvalue.Compact(fields[name]))
		default:
			reason = unknownReason(name, jsonvalue.Compact(fields[name]))
		}
		if reason != "" {
			unsupported.Settings = append(unsupported.Settings, Setting{name, jsonvalue.Shorten(fields[name]), reason})
			continue
		}
		others[name] = fields[name]
	}
	if len(unsupported.Settings) > 0 {
		return nil, unsupported
	}
	return others, nil
}

// neverNull are the fields for which PEFT refuses null.
var neverNull = []string{"r", "lora_alpha", "lora_dropout", "rank_pattern", "alpha_pattern", "bias"}

// configOf reads the fields that a Config has, and names them.
func configOf(fields map[string]json.RawMessage) (c Config, own []string, err error) {
	var bad mistakes
	read := func(name string, into any, expected string) {
		own = append(own, name)
		raw, ok := fields[name]
		if name == "exclude_modules" && slices.Contains([]string{"{}", "false", "0"}, jsonvalue.Compact(raw)) { // none, for PEFT
			return
		}
		if ok && (json.Unmarshal(raw, into) != nil || string(raw) == "null" && slices.Contains(neverNull, name)) {
			bad.add(name, jsonvalue.Shorten(raw), "expected "+expected)
		}
	}
	c.R, c.Alpha = DefaultR, DefaultAlpha
	if string(fields["peft_type"]) == `"SHIRA"` {
		c.PeftType, c.R, c.Alpha = SHiRA, DefaultSHiRA, 0
	}
	var task, base, revision *string
	read("r", &c.R, "a whole number")
	read("lora_alpha", &c.Alpha, "a number")
	read("lora_dropout", &c.Dropout, "a number")
	read("use_rslora", jsonvalue.Truth(&c.RSLoRA), "true or false")
	read("modules_to_save", &c.ModulesToSave, "a list of module names")
	read("task_type", &task, "a string or null")
	read("base_model_name_or_path", &base, "a string or null")
	read("revision", &revision, "a string or null")
	read("target_modules", jsonvalue.OneOrMany(&c.TargetModules, &c.TargetRegexp), "a list of module names, or a regular expression")
	read("exclude_modules", jsonvalue.OneOrMany(&c.ExcludeModules, &c.ExcludeRegexp), "a list of module names, or a regular expression")
	read("layers_to_transform", jsonvalue.OneOrManyOf(&c.LayersToTransform), "a whole number, or a list of them")
	read("layers_pattern", jsonvalue.OneOrManyOf(&c.LayersPattern), "a string, or a list of them")
	read("rank_pattern", &c.RankPattern, "an object of whole numbers")
	read("bias", &c.Bias, "none, all or lora_only")
	read("use_dora", jsonvalue.Truth(&c.DoRA), "true or false")
	read("lora_bias", jsonvalue.Truth(&c.LoRABias), "true or false")
	read("alpha_pattern", &c.AlphaPattern, "an object of numbers")
	if len(bad) > 0 {
		return c, own, bad.err()
	}
	c.TaskType = NoTask
	if task != nil {
		c.TaskType = *task
	}
	if base != nil {
		c.BaseModel = *base
	}
	if revision != nil {
		c.Revision = *revision
	}
	c.completeFromFile(fields, &bad)
	return c, own, bad.err()
}

// completeFromFile gives the settings of a file the meaning that PEFT gives them, where a
// [Config] has another: its zero values are defaults.
func (c *Config) completeFromFile(fields map[string]json.RawMessage, bad *mistakes) {
	if string(fields["layers_pattern"]) == `""` { // none, for PEFT
		c.LayersPattern = nil
	}
	if raw, ok := fields["bias"]; ok && string(raw) == `""` {
		bad.add("bias", `""`, "expected none, all or lora_only")
	}
	if raw := string(fields["task_type"]); raw == `""` || raw == `"`+NoTask+`"` {
		bad.add("task_type", raw, "expected null, or one of "+strings.Join(peftTasks[:len(peftTasks)-1], ", "))
	}
	if c.allLinear() {
		bad.add("target_modules", c.TargetModules, "names no module in a list, as in PEFT: all projections are \""+AllLinear+"\", without brackets")
	}
	if c.R < 1 {
		bad.add("r", c.R, "expected a rank of at least 1")
	}
	if c.Alpha == 0 && !c.sparse() {
		c.Alpha = DefaultAlpha
		c.AlphaPattern = append(c.AlphaPattern, Pattern[float64]{".*", 0})
	}
	if strings.EqualFold(c.TargetRegexp, AllLinear) {
		c.TargetModules, c.TargetRegexp = []string{AllLinear}, ""
	}
	if len(c.TargetModules) == 0 && c.TargetRegexp == "" {
		if raw := jsonvalue.Compact(fields["target_modules"]); raw != "" && raw != "null" {
			bad.add("target_modules", raw, "names no module, expected at least one")
		}
		c.TargetModules = slices.Clone(defaultTargets) // PEFT's for BERT
	}
	if jsonvalue.Compact(fields["ensure_weight_tying"]) == "true" && c.choosesTied() {
		bad.add("ensure_weight_tying", true, "expected false where word embeddings are adapted or saved whose weight the decoder shares")
	}
	if c.ModulesToSave == nil {
		c.ModulesToSave = []string{}
	}
	c.ModulesToSave = c.withDefaults().ModulesToSave // with the task's heads
}

// fileWarnings are about the settings of a file that have no effect.
func fileWarnings(c Config, others map[string]json.RawMessage) (list []string) {
	add := func(format string, args ...any) {
		list = append(list, ConfigFile+": "+fmt.Sprintf(format, args...))
	}
	if c.Alpha < 0 {
		add("lora_alpha %g is negative: the adapter's matrices are subtracted, as in PEFT", c.Alpha)
	}
	for _, p := range c.AlphaPattern {
		switch {
		case p.Value == 0 && p.Modules == ".*":
			add("lora_alpha is 0: the matrices of modules without an alpha of their own have no effect, as in PEFT")
		case p.Value == 0:
			add("alpha_pattern gives %s 0: its matrices have no effect, as in PEFT", p.Modules)
		case p.Value < 0:
			add("alpha_pattern gives %s %g: its matrices are subtracted, as in PEFT", p.Modules, p.Value)
		}
	}
	if c.Dropout == 1 {
		add("lora_dropout is 1: in training all inputs of the matrices are dropped, and they learn nothing")
	}
	if raw := jsonvalue.Compact(others["fan_in_fan_out"]); raw != "" && raw != "false" && raw != "null" {
		add("fan_in_fan_out %s has no effect: the weights of the base are [out, in], for which PEFT sets it to false", raw)
	}
	if jsonvalue.Compact(others["ensure_weight_tying"]) == "true" {
		add("ensure_weight_tying has no effect: no tied module is adapted or saved")
	}
	return list
}
