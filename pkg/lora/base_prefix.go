package lora

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// completePrefix finds the BaseModelPrefix of a fresh adapter where it is not set, and checks
// it where it is.
func (a *Adapter) completePrefix(store *model.Store, modules []string) error {
	if store == nil {
		return errNoStore
	}
	scope := a.config.BaseModelPrefix
	if scope == "" && a.config.TaskType == "FEATURE_EXTRACTION" {
		a.config.BaseModelPrefix = wholeScope(store)
		return nil
	}
	if scope != "" && !slices.ContainsFunc(modules, func(module string) bool { return rootScope(module) == scope }) {
		return &ConfigError{Field: "base_model_prefix", Value: scope, Reason: "no module of the model is in that scope: expected the first scope of the modules"}
	}
	return nil
}

// rootScope is the first scope of a path; empty for a path without one.
func rootScope(path string) string {
	root, _, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok {
		return ""
	}
	return root
}

// wholeScope is the root scope that holds every weight of the store; empty where the weights
// have several.
func wholeScope(store *model.Store) string {
	whole := ""
	for v := range store.IterVariables() {
		if !v.DType().IsFloat() || strings.HasPrefix(v.Name(), "#") {
			continue
		}
		root := rootScope(v.Path())
		if root == "" || whole != "" && root != whole {
			return ""
		}
		whole = root
	}
	return whole
}

// prefixInFile is the root scope of the modules that the tensors' names in a folder's file
// omit: no name begins with it, and one is the name of a module without it. It is empty where
// the names have all scopes, and where there is no file.
func prefixInFile(dir string, modules []string) (string, error) {
	file, err := safetensors.Open(filepath.Join(dir, TensorsFile))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil // readTensors reports it
	}
	if err != nil {
		return "", fmt.Errorf("lora: %w", err)
	}
	defer file.Close()
	names := file.Names()
	hasPrefix := func(prefix string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, peftPrefix+prefix+".") })
	}
	for _, module := range modules {
		if root := rootScope(module); root != "" && !hasPrefix(root) && hasPrefix(dotted.Name(strings.TrimPrefix(strings.TrimPrefix(module, "/"), root))) {
			return root, nil
		}
	}
	return "", nil
}

// peftName is PEFT's dotted name for a path, which is without the BaseModelPrefix.
func (c Config) peftName(path string) string {
	name := dotted.Name(path)
	if c.BaseModelPrefix == "" {
		return name
	}
	return strings.TrimPrefix(name, c.BaseModelPrefix+".")
}
