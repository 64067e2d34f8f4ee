package finetune

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Name returns a name for the experiment's run folder, from its model and its data:
// "lorabook-tiny-sample", "bert-base-cased-aclImdb_v1". It does not depend on other fields.
func (e Experiment) Name() string {
	if d, err := e.WithDefaults(); err == nil {
		e = d
	}
	return plainName(e.Model) + "-" + plainName(e.Data.Source)
}

var unplain = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// plainName returns the last part of a path or hub name, without the ending of a file.
func plainName(path string) string {
	name := filepath.Base(path)
	for _, ending := range []string{".tar.gz", ".tgz", ".tar.xz", ".txz", ".zip", ".jsonl", ".ndjson", ".csv", ".parquet"} {
		name = strings.TrimSuffix(name, ending)
	}
	return strings.Trim(unplain.ReplaceAllString(name, "-"), "-")
}

// resolve returns the revision of the experiment's model.
func (e Experiment) resolve() bert.ResolveOptions {
	return bert.ResolveOptions{Revision: e.ModelRevision}
}

// NameBeside returns [Experiment.Name] followed by the settings in which the experiment differs
// from base, an experiment with the same model and data, so that variants have different run
// folders: "lorabook-tiny-sample-r4-train200". The same settings
// have the same name. A long list of settings is cut and ends in a digest of all of them.
func (e Experiment) NameBeside(base Experiment) (string, error) {
	name := e.Name()
	e, err := e.WithDefaults()
	if err != nil {
		return "", err
	}
	var words []string
	if e.Method != base.Method {
		words = append(words, e.Method.String())
		base.Method, base.Adapter = e.Method, lora.Config{} // the base's adapter is that of another method
	}
	if base, err = base.WithDefaults(); err != nil {
		return "", err
	}
	own, err := leaves(e)
	if err != nil {
		return "", err
	}
	others, err := leaves(base)
	if err != nil {
		return "", err
	}
	var changed []string
	digested := false
	for _, path := range sortedPaths(own, others) {
		if own[path] == others[path] || path == "adapter.r" && e.Adapter.Fraction > 0 {
			continue
		}
		changed = append(changed, path+"="+own[path])
		word, exact := settingWord(path, own[path])
		words, digested = append(words, word), digested || !exact
	}
	return shortName(name, words, changed, digested), nil
}

const (
	longestSettings = 40 // characters of the settings in a name, without the digest
	longestName     = 80
)

// shortName joins the parts of a name. It ends in a digest of the changed settings if the words
// do not determine them, or if some are left out.
func shortName(name string, words, changed []string, digested bool) string {
	settings := ""
	for _, word := range words {
		next := settings + "-" + word
		if len(next) > longestSettings || len(name)+len(next) > longestName {
			digested = true
			break
		}
		settings = next
	}
	if digested {
		if len(name) > longestName {
			changed = append(changed, name)
			name = name[:longestName]
		}
		sum := sha256.Sum256([]byte(strings.Join(changed, "\n")))
		settings += "-" + hex.EncodeToString(sum[:])[:6]
	}
	return name + settings
}

// shortSettings are the words for the paths of experiment.json, in the order of a name.
var shortSettings = []struct{ path, word string }{
	{"adapter.r", "r"}, {"adapter.fraction", "r"}, {"adapter.lora_alpha", "alpha"}, {"adapter.lora_dropout", "dropout"},
	{"adapter.target_modules", ""}, {"adapter.layers_to_transform", "layers"},
	{"data.columns.text", "text-"}, {"data.columns.text_pair", "pair-"}, {"data.columns.label", "label-"}, {"data.columns.split", "split-"},
	{"task", ""}, {"data.test_share", "share"}, {"data.bad_rows", "badrows-"}, {"data.drop_duplicates", "drop-"},
	{"data.train", "train"}, {"data.validation", "validation"}, {"data.test", "test"}, {"data.max_length", "length"}, {"data.truncation", ""},
	{"training.epochs", "epochs"}, {"training.batch_size", "batch"}, {"training.learning_rate", "lr"}, {"training.evaluations", "evaluations"},
	{"training.precision", ""}, {"training.prefix_cache", "cache-"}, {"seed", "seed"}, {"devices", "devices"},
}

// placeInName is the place of a path in a name; unlisted ones come last.
func placeInName(path string) int {
	i := slices.IndexFunc(shortSettings, func(s struct{ path, word string }) bool { return s.path == path })
	if i < 0 {
		return len(shortSettings)
	}
	return i
}

// sortedPaths are the paths of two experiments in the order of a name.
func sortedPaths(a, b map[string]string) []string {
	var paths []string
	for path := range a {
		paths = append(paths, path)
	}
	for path := range b {
		if _, ok := a[path]; !ok {
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, func(x, y string) int {
		if d := placeInName(x) - placeInName(y); d != 0 {
			return d
		}
		return strings.Compare(x, y)
	})
	return paths
}

var unplainSetting = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// settingWord is the part of a name for a setting. It is exact if no other value has it.
func settingWord(path, value string) (word string, exact bool) {
	i := placeInName(path)
	listed := i < len(shortSettings)
	word = path[strings.LastIndexByte(path, '.')+1:]
	if listed {
		word = shortSettings[i].word
	}
	if strings.HasPrefix(path, "data.columns.") && unplainSetting.MatchString(value) {
		listed = false // another column can have the same word
	}
	switch {
	case value == "": // zero values are omitted from the JSON text
		value = "0"
	case value == "-1" && strings.HasPrefix(path, "data."):
		value = "-all"
	}
	// [10,11] becomes 10-11, and ["query","value"] query-value.
	return word + unplainSetting.ReplaceAllString(strings.Trim(value, `[]"`), "-"), listed
}

// leaves are the values of an experiment's fields as JSON, by their path in experiment.json.
// Lists are one value; texts have no quotation marks.
func leaves(e Experiment) (map[string]string, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	var tree map[string]json.RawMessage
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	out := map[string]string{}
	addLeaves("", tree, out)
	return out, nil
}

func addLeaves(prefix string, tree map[string]json.RawMessage, out map[string]string) {
	for key, value := range tree {
		var inner map[string]json.RawMessage
		var text string
		switch {
		case json.Unmarshal(value, &inner) == nil && inner != nil:
			addLeaves(prefix+key+".", inner, out)
		case json.Unmarshal(value, &text) == nil:
			out[prefix+key] = text
		default:
			out[prefix+key] = string(value)
		}
	}
}
