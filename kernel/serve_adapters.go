package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// namedFolders returns the folders of the arguments, or their names on the hub, by the adapters'
// names.
func namedFolders(args []string) (map[string]string, error) {
	folders := map[string]string{}
	for _, arg := range args {
		name, folder, found := strings.Cut(arg, "=")
		if !found || strings.ContainsAny(name, `/\`) { // a path with =
			folder = arg
			var err error
			if name, err = nameOf(arg); err != nil {
				return nil, err
			}
		}
		switch {
		case name == "" || folder == "":
			return nil, fmt.Errorf("serve: %q: expected NAME=RUN or RUN, as in films=runs/imdb", arg)
		case name == adapters.Base:
			return nil, fmt.Errorf("serve: %q: %s names the model without an adapter; choose another name", arg, adapters.Base)
		case folders[name] != "":
			return nil, fmt.Errorf("serve: %s and %s have the name %q: name them differently, as in a=%s b=%s", folders[name], folder, name, folders[name], folder)
		}
		folders[name] = folder
	}
	return folders, nil
}

// nameOf returns the name of an adapter without one: the last part of its folder or of its name on the
// hub.
func nameOf(folder string) (string, error) {
	if repo, ok := hub.NotLocal(folder); ok {
		folder = repo.ID // without the revision
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	name := filepath.Base(absolute)
	if name == "adapter" { // of a run folder
		name = filepath.Base(filepath.Dir(absolute))
	}
	return name, nil
}

// adapterOptions returns the options of single adapters from the flags --labels and --task, each
// NAME=VALUE with the name of an adapter.
func adapterOptions(folders map[string]string, labels, tasks []string) (map[string]classify.AdapterOptions, error) {
	all := map[string]classify.AdapterOptions{}
	seen := map[string]bool{}
	each := func(flag string, values []string, example string, set func(o *classify.AdapterOptions, value string)) error {
		for _, text := range values {
			name, value, found := strings.Cut(text, "=")
			switch {
			case !found || name == "" || value == "":
				return fmt.Errorf("serve: %s is %q, expected NAME=%s with the name of an adapter", flag, text, example)
			case folders[name] == "":
				return fmt.Errorf("serve: %s is %q: no adapter has the name %q, expected one of %q", flag, text, name, slices.Sorted(maps.Keys(folders)))
			case seen[flag+name]:
				return fmt.Errorf("serve: %s names %q twice", flag, name)
			}
			seen[flag+name] = true
			o := all[name]
			set(&o, value)
			all[name] = o
		}
		return nil
	}
	err := each("--labels", labels, "neg,pos", func(o *classify.AdapterOptions, value string) { o.Labels = strings.Split(value, ",") })
	if err == nil {
		err = each("--task", tasks, string(data.MultiLabel), func(o *classify.AdapterOptions, value string) { o.Task = data.Task(value) })
	}
	return all, err
}
