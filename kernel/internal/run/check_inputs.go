package run

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/googlebert"
	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/internal/nearest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// hubModels are the names without an owner that the hub has for BERT models. New models have an
// owner, so that another name without one is not on the hub.
var hubModels = []string{
	"bert-base-cased", "bert-base-uncased", "bert-large-cased", "bert-large-uncased", "bert-base-chinese",
	"bert-base-multilingual-cased", "bert-base-multilingual-uncased", "bert-base-german-cased",
	"bert-base-german-dbmdz-cased", "bert-base-german-dbmdz-uncased", "bert-base-cased-finetuned-mrpc",
	"bert-large-cased-whole-word-masking", "bert-large-uncased-whole-word-masking",
	"bert-large-cased-whole-word-masking-finetuned-squad", "bert-large-uncased-whole-word-masking-finetuned-squad",
}

// knownData are the names of data sets that are no paths.
var knownData = []string{data.Sample, "imdb", "stanfordnlp/imdb"}

// checkModel refuses a model that is neither lorabook-tiny, nor a folder or .zip of a model, nor
// the possible name of a model on the hub, which only the hub can check. Paths are relative to dir.
func checkModel(dir, model string) error {
	if model == "" {
		return nil
	}
	path := within(dir, model)
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		if isModelFolder(path) {
			return nil
		}
		return wrong("model", "is the folder %s, which has neither config.json nor bert_config.json: expected the folder of a BERT model", path)
	case err == nil && googlebert.IsZip(path):
		return nil
	case err == nil:
		return wrong("model", "is the file %s, expected the folder of a model, or the .zip of one of Google's releases", path)
	case !errors.Is(err, fs.ErrNotExist):
		return wrong("model", "is %q: %v", model, err)
	case model == tiny.Name:
		return nil
	}
	if _, cached := hub.Cached(hub.Repo{ID: model}); cached {
		return nil
	}
	if hint := elsewhere(dir, model); hint != "" {
		return wrong("model", "is %q, which is not in %s%s", model, dir, hint)
	}
	if !hub.IsName(model) {
		hint := cmp.Or(beside(dir, model), fmt.Sprintf(": expected %q, a folder, a .zip of one of Google's releases, or a name on the hub such as %q or \"owner/name\"", tiny.Name, hubModels[0]))
		return wrong("model", "is %q, but there is no such folder or file in %s%s", model, dir, hint)
	}
	known := append([]string{tiny.Name}, hubModels...)
	// A mirror of the hub may have other names.
	if near := nearest.Hint(model, known); near != "" && !strings.Contains(model, "/") && !slices.Contains(known, model) && os.Getenv("HF_ENDPOINT") == "" {
		return wrong("model", "is %q, which is neither a folder nor a model without an owner on the hub%s", model, near)
	}
	return nil
}

// isModelFolder reports whether a folder has the configuration of a model, or is a SavedModel.
func isModelFolder(path string) bool {
	_, ok := modelfolder.ConfigPath(path)
	return ok || modelfolder.IsFile(filepath.Join(path, filepath.FromSlash(modelfolder.SavedVariables)+".index"))
}

// checkData refuses data that are neither a known name, nor a file, a folder, a pattern or a list
// of files, nor the possible name of a data set on the hub, which only the hub can check. Paths
// are relative to dir.
func checkData(dir, source string) error {
	_, err := os.Stat(within(dir, source))
	switch {
	case err == nil, source == "", slices.Contains(knownData, source), areFiles(dir, source):
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return wrong("data", "is %q: %v", source, err)
	}
	hint := cmp.Or(elsewhere(dir, source), nearest.Hint(source, knownData), beside(dir, source))
	if hint == "" && isHubData(source) {
		return nil
	}
	hint = cmp.Or(hint,
		fmt.Sprintf(": expected %q, %q, or a file or folder, whose path is relative to the notebook's folder", knownData[0], knownData[1]))
	place := " in " + dir
	if filepath.IsAbs(source) {
		place = ""
	}
	return wrong("data", "is %q, but there is no such file or folder%s%s", source, place, hint)
}

// areFiles reports whether the source is a pattern, or a list of files and patterns with commas
// between, of which each names at least one file.
func areFiles(dir, source string) bool {
	for part := range strings.SplitSeq(source, ",") {
		if found, err := filepath.Glob(within(dir, strings.TrimSpace(part))); err != nil || len(found) == 0 {
			return false
		}
	}
	return true
}

// isHubData reports whether the source may be the name of a data set on the hub: "owner/name",
// "owner/name:config" or "owner/name@revision". A name with an extension is a file.
func isHubData(source string) bool {
	name, _, _ := strings.Cut(source, "@")
	name, _, _ = strings.Cut(name, ":")
	return strings.Contains(name, "/") && hub.IsName(name) && filepath.Ext(name) == ""
}

func wrong(name, format string, values ...any) error {
	return &notebook.ParameterError{Name: name, Reason: fmt.Sprintf(format, values...)}
}

// within returns the path of a name in the folder dir.
func within(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// elsewhere is a hint if the path exists relative to the working folder instead of dir.
func elsewhere(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return ""
	}
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	from, errFrom := filepath.Abs(dir)
	to, errTo := filepath.Abs(path)
	relative, err := filepath.Rel(from, to)
	if errors.Join(errFrom, errTo, err) != nil {
		return ""
	}
	return fmt.Sprintf(": did you mean %q? Paths are relative to the notebook's folder", filepath.ToSlash(relative))
}

// beside is a hint if the folder of the missing path has a similar name.
func beside(dir, path string) string {
	parent, name := filepath.Split(filepath.Clean(path))
	entries, err := os.ReadDir(within(dir, parent))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	near := nearest.Names(name, names)
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf(": did you mean %q?", filepath.ToSlash(parent)+near[0])
}
