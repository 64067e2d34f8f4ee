package runlist

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// Setting is a setting that differs between runs.
type Setting struct {
	Path string `json:"path"` // as in experiment.json: "training.learning_rate"
	Name string `json:"name"` // for people: its last part, or the path if two settings end alike
	// Usual is the most frequent value in the group, the first of several in the order of the
	// runs.
	Usual string `json:"usual"`
}

// hasAdapter reports whether the run's method trains an adapter.
func (r Run) hasAdapter() bool { return r.Experiment.Method == finetune.LoRA }

// adapterPrefix begins the paths of an adapter's settings.
const adapterPrefix = "adapter."

// dataSeed is the path of the seed that selects the examples.
const dataSeed = "data.seed"

// settingsOf returns the values of an experiment's settings by path, as text. It leaves out
// those of an adapter that the run does not have, and those that repeat the model.
func settingsOf(e *finetune.Experiment) (map[string]string, error) {
	out, err := settings.Flatten(e)
	if err != nil {
		return nil, err
	}
	if e.Method != finetune.LoRA {
		maps.DeleteFunc(out, func(path, _ string) bool {
			return strings.HasPrefix(path, adapterPrefix) && (e.Method == finetune.Full || path != adapterPrefix+"modules_to_save")
		})
	}
	out["method"] = e.Method.String()
	out[dataSeed] = fmt.Sprint(cmp.Or(e.Data.Seed, e.Seed))
	for path, model := range map[string]string{"base_model_name_or_path": e.Model, "revision": e.ModelRevision} {
		if out[adapterPrefix+path] == model {
			delete(out, adapterPrefix+path)
		}
	}
	return out, nil
}

// zero is the value of a setting that experiment.json leaves out, as it compares to the
// values that are written.
func zero(value string) bool { return value == "" || value == "0" || value == "false" }

// differing returns the settings with more than one value, sorted by path. A setting that a
// run leaves out has its zero value; the adapter's settings of a run without an adapter have
// none, and are not compared.
func differing(runs []Run) []Setting {
	paths := map[string]bool{}
	for _, r := range runs {
		for path := range r.settings {
			paths[path] = true
		}
	}
	found := []Setting{}
	names := map[string]int{}
	if !slices.ContainsFunc(runs, func(r Run) bool { return r.settings[dataSeed] != r.settings["seed"] }) {
		delete(paths, dataSeed) // one seed for all
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		var order []string
		counts := map[string]int{}
		for _, r := range runs {
			value, ok := r.settings[path]
			if !ok && strings.HasPrefix(path, adapterPrefix) && !r.hasAdapter() {
				continue
			}
			if zero(value) {
				value = "" // false and a missing field are the same
			}
			if counts[value]++; counts[value] == 1 {
				order = append(order, value)
			}
		}
		if len(order) < 2 {
			continue
		}
		usual := order[0]
		for _, value := range order {
			if counts[value] > counts[usual] {
				usual = value
			}
		}
		s := Setting{Path: path, Name: path[strings.LastIndex(path, ".")+1:], Usual: usual}
		names[s.Name]++
		found = append(found, s)
	}
	for i, s := range found {
		if names[s.Name] > 1 {
			found[i].Name = s.Path
		}
	}
	return found
}
