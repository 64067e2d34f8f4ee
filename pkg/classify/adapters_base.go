package classify

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/pkg/lora"
)

// basesOf returns the model to open: the caller's, otherwise the one that all adapters name.
func basesOf(model, revision string, adapters map[string]string) (tuned, error) {
	base := tuned{model: model, revision: revision}
	for i, name := range slices.Sorted(maps.Keys(adapters)) {
		t := tuned{model: model, revision: revision, dir: adapters[name]}
		c, err := lora.ReadConfig(t.dir)
		if err != nil {
			return base, fmt.Errorf("adapter %q: %w", name, err)
		}
		if err := t.takeAdaptersBase(c); err != nil {
			return base, fmt.Errorf("adapter %q: %w", name, err)
		}
		if t.model == "" {
			return base, fmt.Errorf("adapter %q: %s does not name its model: name the model explicitly", name, t.dir)
		}
		if i > 0 && sameModel(t.model, base.model) && t.revision == base.revision {
			continue
		}
		if i > 0 {
			return base, fmt.Errorf("adapter %q belongs to the model %s, revision %q, expected the model of the other adapters, %s, revision %q", name, t.model, t.revision, base.model, base.revision)
		}
		base.model, base.revision, base.namedBy = t.model, t.revision, t.namedBy
	}
	return base, nil
}

// sameModel reports whether two names are the same model: equal, or of one folder.
func sameModel(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// classifierKey is the name of the classifier's weight in an adapter's file.
const classifierKey = "base_model.model.classifier.weight"

// allHaveClassifiers reports whether each adapter has its own classifier, so that the base's is
// not needed.
func allHaveClassifiers(adapters map[string]string) bool {
	for _, dir := range adapters {
		if rowsOf(filepath.Join(dir, lora.TensorsFile), classifierKey) == 0 {
			return false
		}
	}
	return true
}
