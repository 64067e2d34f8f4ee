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
)

// The files of an adapter, as PEFT names them.
const (
	ConfigFile  = "adapter_config.json"
	TensorsFile = "adapter_model.safetensors"
)

// otherType advises on adapters of other types than LoRA and SHiRA.
const otherType = `only "LORA" and "SHIRA" are; in PEFT, open the adapter on its base, and write the whole model by model.merge_and_unload().save_pretrained(DIR), or, where it changes weights by a product or a sum, plain LoRA as near to it as the rank allows by peft.save_as_lora(DIR, model, rank=...); both open here`

// ReadConfig reads the adapter_config.json in the folder.
//
// Settings that change what the adapter computes and that this package does not
// know give an *[UnsupportedError] that names them all, values out of range a
// *[ConfigError], and a file that is not JSON an error that says where.
func ReadConfig(dir string) (Config, error) {
	c, _, err := readConfig(dir)
	return c, err
}

// readConfig answers the fields that are not the Config's besides.
func readConfig(dir string) (Config, map[string]json.RawMessage, error) {
	path := filepath.Join(dir, ConfigFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil, fmt.Errorf("lora: %s holds no adapter: %w", dir, err)
	}
	if err != nil {
		return Config{}, nil, fmt.Errorf("lora: %w", err)
	}
	return parseConfig(path, text)
}

func parseConfig(path string, text []byte) (Config, map[string]json.RawMessage, error) {
	none := func(err error) (Config, map[string]json.RawMessage, error) { return Config{}, nil, err }
	if err := lfs.Check(path, text); err != nil {
		return none(fmt.Errorf("lora: %w", err))
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		if bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
			return none(fmt.Errorf("lora: %s: this is an HTML page, not an adapter's settings: a server answered a download with it; download the file again", path))
		}
		return none(fmt.Errorf("lora: %s: expected a JSON object: %w", path, jsonError(err)))
	}
	table := loraFields
	switch string(fields["peft_type"]) {
	case `"LORA"`:
	case `"SHIRA"`:
		table = shiraFields
	default:
		return none(&UnsupportedError{path, []Setting{{"peft_type", shorten(fields["peft_type"]), otherType}}})
	}
	c, own, err := ownFields(path, fields)
	if err != nil {
		return none(err)
	}

	unsupported := &UnsupportedError{Path: path}
	refuse := func(field, reason string) {
		unsupported.Settings = append(unsupported.Settings, Setting{field, shorten(fields[field]), reason})
	}
	foreign := map[string]json.RawMessage{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		known, ok := table[name]
		switch {
		case slices.Contains(own, name):
			continue
		case name == "runtime_config": // PEFT ignores one in a file
			continue
		case name == "init_lora_weights":
			if !keepsWeights(fields[name]) {
				refuse(name, "this initialization may change the base model's weights, which the file does not say: in PEFT, open the adapter on its base, and write the whole model by model.merge_and_unload().save_pretrained(DIR), which opens here")
				continue
			}
		case !ok && !switchesNothingOn(fields[name]):
			refuse(name, "the field is unknown to this version, and may change what the adapter computes")
			continue
		case ok && !known.inert && !switchesNothingOn(fields[name]) && compact(fields[name]) != known.value:
			refuse(name, "only "+known.value+" is")
			continue
		}
		foreign[name] = fields[name]
	}
	if len(unsupported.Settings) > 0 {
		return none(unsupported)
	}
	if _, err := newAdapter(c, true); err != nil {
		var bad *ConfigError
		if errors.As(err, &bad) {
			bad.Path = path
			if bad.Field == "target_regexp" { // the file has no such field
				bad.Field = "target_modules"
			}
		}
		return none(err)
	}
	return c, foreign, nil
}

// ownFields reads the fields that a Config has, and names them.
func ownFields(path string, fields map[string]json.RawMessage) (c Config, own []string, err error) {
	read := func(name string, into any, want string) {
		own = append(own, name)
		raw, ok := fields[name]
		if !ok || err != nil {
			return
		}
		if e := json.Unmarshal(raw, into); e != nil {
			err = &ConfigError{Path: path, Field: name, Value: shorten(raw), Reason: "expected " + want}
		}
	}
	r, alpha, dropout := DefaultR, DefaultAlpha, 0.0
	if string(fields["peft_type"]) == `"SHIRA"` {
		c.PeftType, r, alpha = SHiRA, DefaultSHiRA, 0
	}
	var task, base, revision *string
	var targets json.RawMessage
	read("r", &r, "a whole number")
	read("lora_alpha", &alpha, "a number")
	read("lora_dropout", &dropout, "a number")
	read("use_rslora", &c.RSLoRA, "true or false")
	read("modules_to_save", &c.ModulesToSave, "a list of module names")
	read("task_type", &task, "a string or null")
	read("base_model_name_or_path", &base, "a string or null")
	read("revision", &revision, "a string or null")
	read("target_modules", &targets, "")
	read("exclude_modules", oneOrMany(&c.ExcludeModules, &c.ExcludeRegexp), "a list of module names, or a regular expression")
	read("layers_to_transform", oneOrManyOf(&c.LayersToTransform), "a whole number, or a list of them")
	read("layers_pattern", oneOrManyOf(&c.LayersPattern), "a string, or a list of them")
	read("rank_pattern", &c.RankPattern, "an object of whole numbers")
	read("bias", &c.Bias, "none, all or lora_only")
	read("use_dora", &c.DoRA, "true or false")
	read("lora_bias", &c.LoRABias, "true or false")
	read("alpha_pattern", &c.AlphaPattern, "an object of numbers")
	if err != nil {
		return c, own, err
	}
	if string(fields["layers_pattern"]) == `""` { // PEFT takes it for none
		c.LayersPattern = nil
	}
	bad := func(field, reason string) (Config, []string, error) {
		return c, own, &ConfigError{Path: path, Field: field, Value: shorten(fields[field]), Reason: reason}
	}
	if r < 1 { // a Config takes zero for the default
		return bad("r", "the rank must be at least 1")
	}
	if alpha == 0 && !c.sparse() { // a Config takes zero for the default
		alpha = DefaultAlpha
		c.AlphaPattern = append(c.AlphaPattern, Pattern[float64]{".*", 0})
	}
	c.R, c.Alpha, c.Dropout, c.TaskType = r, alpha, dropout, NoTask
	if task != nil {
		c.TaskType = *task
	}
	if base != nil {
		c.BaseModel = *base
	}
	if revision != nil {
		c.Revision = *revision
	}
	if len(targets) == 0 {
		targets = json.RawMessage("null")
	}
	if json.Unmarshal(targets, &c.TargetModules) != nil {
		c.TargetModules = nil
		if json.Unmarshal(targets, &c.TargetRegexp) != nil {
			return bad("target_modules", "expected a list of module names, or a regular expression")
		}
		if strings.EqualFold(c.TargetRegexp, AllLinear) {
			c.TargetModules, c.TargetRegexp = []string{AllLinear}, ""
		}
	}
	if len(c.TargetModules) == 0 && c.TargetRegexp == "" {
		if raw := compact(fields["target_modules"]); raw != "" && raw != "null" {
			return bad("target_modules", "names no module")
		}
		c.TargetModules = slices.Clone(defaultTargets) // PEFT's for BERT
	}
	if compact(fields["ensure_weight_tying"]) == "true" && c.choosesTied() {
		return bad("ensure_weight_tying", "is not supported where word embeddings are adapted or saved, whose weight the decoder shares: only false is")
	}
	if c.ModulesToSave == nil {
		c.ModulesToSave = []string{}
	}
	c.ModulesToSave = c.withDefaults().ModulesToSave // with the task's heads
	return c, own, nil
}

// fileWarnings are about the settings of a file that ask for something without effect.
func fileWarnings(c Config, foreign map[string]json.RawMessage) (list []string) {
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
		add("lora_dropout is 1: in training the matrices see nothing, and learn nothing")
	}
	if compact(foreign["ensure_weight_tying"]) == "true" {
		add("ensure_weight_tying has no effect: no tied module is adapted or saved")
	}
	return list
}
