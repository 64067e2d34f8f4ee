package adapters

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Dirs finds the adapters in a folder that PEFT's save_pretrained or [Set.Save] wrote, and
// returns their folders by name: [Default] is in the folder itself, each other one in a folder
// of its name in it. A folder without adapters gives an error that is fs.ErrNotExist.
func Dirs(dir string) (map[string]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("adapters: %w", err)
	}
	dirs := map[string]string{}
	for _, entry := range append(entries, nil) {
		name, folder := Default, dir
		if entry != nil {
			name, folder = entry.Name(), filepath.Join(dir, entry.Name())
		}
		if entry != nil && (entry.Type().IsRegular() || strings.HasPrefix(name, ".")) { // such as one of an interrupted Save
			continue
		}
		switch _, err := os.Stat(filepath.Join(folder, lora.ConfigFile)); {
		case err == nil && dirs[name] != "":
			return nil, fmt.Errorf("adapters: %s and %s are both the adapter %q: rename the second folder", dir, dirs[name], name)
		case err == nil:
			dirs[name] = folder
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("adapters: %w", err)
		}
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("adapters: %s: expected a %s in it or in its folders, found none: %w", dir, lora.ConfigFile, fs.ErrNotExist)
	}
	return dirs, nil
}

// Open makes a set with adapters, given the folders by name in which PEFT or this package saved
// them, on the model whose variables the store holds. [Dirs] finds such folders. The set has a
// number of spare slots for other adapters with the same configurations, or with those that are
// given besides. The base is active until [Set.SetAdapter].
//
// Errors are those of [New] and [Set.Open]. After an error the model must be opened again.
func Open(dirs map[string]string, store *model.Store, modules []string, spare int, configs ...lora.Config) (*Set, error) {
	return OpenOutputs(dirs, store, modules, spare, nil, configs...)
}

// OpenOutputs is [Open] for adapters that save a module, such as "classifier", with different
// numbers of outputs: outputs are the largest numbers of such modules, by name. A row of a batch
// that uses an adapter with fewer outputs, or the base, has zeros after its own outputs. An adapter
// with more outputs than its place is a *[CapacityError]. [Set.Add] makes adapters with the base's
// number of outputs.
func OpenOutputs(dirs map[string]string, store *model.Store, modules []string, spare int, outputs map[string]int, configs ...lora.Config) (*Set, error) {
	names := slices.Sorted(maps.Keys(dirs))
	configs = slices.Clone(configs)
	for _, name := range names {
		c, err := lora.ReadConfig(dirs[name])
		if err != nil {
			return nil, fmt.Errorf("adapter %q: %w", name, err)
		}
		configs = append(configs, c)
	}
	s, err := newSet(store, modules, len(names)+spare, outputs, configs)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := s.Open(name, dirs[name]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// outputsIn returns the numbers of outputs of the modules in s.outputs that an adapter's file has,
// by scope. It is empty where the file cannot be read; reading the file reports the error.
func (s *Set) outputsIn(dir string) map[string]int {
	found := map[string]int{}
	if len(s.outputs) == 0 {
		return found
	}
	f, err := safetensors.Open(filepath.Join(dir, lora.TensorsFile))
	if err != nil {
		return found
	}
	defer f.Close()
	for scope := range s.outputs {
		if _, shape, ok := f.Info("base_model.model." + dotted.Name(scope) + ".weight"); ok && len(shape) == 2 {
			found[scope] = shape[0]
		}
	}
	return found
}

// Save writes adapters as PEFT's save_pretrained does, all or those with the names: [Default]
// to the folder itself, each other to a folder of its name in it, where PEFT and [Open] find
// them. Each appears whole or not at all. An unknown name gives a *[NameError], and nothing is
// written.
func (s *Set) Save(dir string, names ...string) error {
	if len(names) == 0 {
		names = s.Names()
	}
	var chosen []*lora.Adapter
	for _, name := range names {
		a, err := s.adapter(name)
		if err != nil {
			return err
		}
		chosen = append(chosen, a)
	}
	for i, name := range names {
		folder := dir
		if name != Default {
			folder = filepath.Join(dir, name)
		}
		if err := chosen[i].Save(folder); err != nil {
			return err
		}
	}
	return nil
}
