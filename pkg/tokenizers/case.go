package tokenizers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/lorabook/lorabook/internal/modelfolder"
)

// caseInName finds the word in names such as uncased_L-2_H-128_A-2 and
// wwm_cased_L-24_H-1024_A-16.
var caseInName = regexp.MustCompile(`(?i)(?:^|[^a-z])((?:un)?cased)(?:[^a-z]|$)`)

// decideCase decides whether text is lower-cased in a folder with a release of Google,
// which states it in the folder's name only:
//
//  1. the word "cased" or "uncased" in the name of the folder (or of the .zip that it was
//     unpacked from) decides;
//  2. else do_lower_case in tokenizer_config.json or in bert_config.json;
//  3. else text is lower-cased, unless the vocabulary is full of capital letters, which is
//     an error in every folder.
//
// A name and a file that contradict each other are an error.
func (config *tokenizerConfig) decideCase(dir string) error {
	path := config.path
	if config.DoLowerCase == nil {
		path, _ = modelfolder.ConfigPath(dir)
		stated, err := statedCase(path)
		if err != nil {
			return err
		}
		config.DoLowerCase = stated
	}
	name := modelfolder.BaseName(dir)
	found := caseInName.FindStringSubmatch(name)
	if found == nil {
		return nil
	}
	lower := strings.EqualFold(found[1], "uncased")
	if stated := config.DoLowerCase; stated != nil && *stated != lower {
		return &Error{Path: path, Field: "do_lower_case", Kind: ErrConflict, Reason: fmt.Sprintf(
			"is %v, but the folder's name is %q: correct the wrong one", *stated, name)}
	}
	config.DoLowerCase, config.caseFrom = &lower, name
	return nil
}

// statedCase returns do_lower_case of a model's configuration; nil if the file or the field
// is missing.
func statedCase(path string) (*bool, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var config struct {
		DoLowerCase *bool `json:"do_lower_case"`
	}
	return config.DoLowerCase, atPath(unmarshal(data, &config), path)
}
