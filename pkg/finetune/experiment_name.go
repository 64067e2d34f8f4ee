package finetune

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
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
