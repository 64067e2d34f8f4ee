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

	"github.com/lorabook/lorabook/pkg/lora"
)

// Dirs are the adapters in a folder that PEFT's save_pretrained wrote, or
// [Set.Save], by name: [Default] in the folder itself, each other in one of
// its folders. A folder that holds none gives an error that is fs.ErrNotExist.
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
		if entry != nil && (entry.Type().IsRegular() || strings.HasPrefix(name, ".")) { // such as Save's, where it was broken off
			continue
		}
		switch _, err := os.Stat(filepath.Join(folder, lora.ConfigFile)); {
		case err == nil && dirs[name] != "":
			return nil, fmt.Errorf("adapters: %s and %s are both the adapter %q: rename the latter", dir, dirs[name], name)
		case err == nil:
			dirs[name] = folder
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("adapters: %w", err)
		}
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("adapters: %s: no %s in it, nor in its folders: %w", dir, lora.ConfigFile, fs.ErrNotExist)
	}
	return dirs, nil
}

// Open puts adapters by name, each saved in a folder by PEFT or by this package,
// on the model whose variables the store holds, with as many spare slots for others like
// them, or like other configurations. The base acts until [Set.SetAdapter].
// [Dirs] tells the adapters that one folder holds.
//
// Errors are those of [New] and [Set.Open]; the model is then to be opened
// again.
func Open(dirs map[string]string, store *model.Store, modules []string, spare int, like ...lora.Config) (*Set, error) {
	names := slices.Sorted(maps.Keys(dirs))
	like = slices.Clone(like)
	for _, name := range names {
		c, err := lora.ReadConfig(dirs[name])
		if err != nil {
			return nil, fmt.Errorf("adapter %q: %w", name, err)
		}
		like = append(like, c)
	}
	s, err := New(store, modules, len(names)+spare, like...)
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

// Save writes adapters, all or those of the names, as PEFT's save_pretrained does:
// [Default] in the folder itself, each other in a folder of its name there, where
// PEFT and [lora.Open] find them. Each appears whole or not at all. A name that there is not
// gives a *[NameError] before anything is written.
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
