package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// hubName is the name of a data set of the hub: owner/name[:config][@revision].
type hubName struct{ id, config, revision string }

var hubPattern = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)(?::([^@:/\\]+))?(?:@([A-Za-z0-9][A-Za-z0-9._/-]*))?$`)

// parseHubName parses a spec. ok is false for a spec that is not the name of a data set of the
// hub, such as data/reviews.csv.
func parseHubName(spec string) (name hubName, ok bool) {
	match := hubPattern.FindStringSubmatch(spec)
	if match == nil {
		return hubName{}, false
	}
	stem, packed := decode.CutCompression(match[1])
	if packed != nil || formats.IsTable(stem) || looksLikeData(path.Base(match[1])) || slices.Contains(ambiguousExtensions, path.Ext(match[1])) {
		return hubName{}, false
	}
	return hubName{match[1], match[2], match[3]}, true
}

// conversion is the branch in which the hub keeps its conversion of a data set to Parquet.
// Source: "List Parquet files" in the documentation of the dataset viewer.
const conversion = "refs/convert/parquet"

func (h hubName) repo() hub.Repo {
	revision := h.revision
	if revision == "" {
		revision = conversion
	}
	return hub.Repo{Kind: hub.Datasets, ID: h.id, Revision: revision}
}

// original is the repository as its owner uploaded it.
func (h hubName) original() hub.Repo { return hub.Repo{Kind: hub.Datasets, ID: h.id} }

// hubFiles are the files of a data set in a repository.
type hubFiles struct {
	repo            hub.Repo
	files           []string
	halves          []string // of each file
	warnings, notes []string
}

// findOnHub lists the files to read: of the hub's conversion to Parquet, or where there is none
// or a revision was given, of the repository itself.
func findOnHub(ctx context.Context, name hubName, wanted []string) (*hubFiles, error) {
	repo := name.repo()
	listing, err := hub.List(ctx, repo)
	note := ""
	if name.revision == "" && hub.IsMissingRevision(err) {
		repo = name.original()
		note = fmt.Sprintf("the hub has no conversion of %s to Parquet: the files of the repository were read", name.id)
		listing, err = hub.List(ctx, repo)
	}
	if err != nil {
		return nil, err
	}
	found := &hubFiles{}
	if configs := conversionOf(listing.Files); len(configs) > 0 {
		err = chooseConverted(found, name, wanted, configs)
	} else {
		err = chooseUploaded(found, name, wanted, listing.Files)
	}
	if err != nil {
		return nil, err
	}
	if note != "" {
		found.notes = append([]string{note}, found.notes...)
	}
	found.repo = repo
	found.repo.Revision = listing.Commit // the files belong to this listing
	return found, nil
}

// converted matches the names in the branch of the conversion: CONFIG/SPLIT/0000.parquet. The
// split of a data set that was converted in part begins with "partial-".
var converted = regexp.MustCompile(`^([^/]+)/(partial-)?([^/]+)/([0-9]{4,})\.parquet$`)

// convertedSplit is a split in the branch of the conversion.
type convertedSplit struct {
	files   []string
	partial bool
}

// conversionOf returns the splits of each configuration, and none for other files.
func conversionOf(names []string) map[string]map[string]convertedSplit {
	configs := map[string]map[string]convertedSplit{}
	for _, name := range slices.Sorted(slices.Values(names)) {
		match := converted.FindStringSubmatch(name)
		if match == nil {
			continue
		}
		if configs[match[1]] == nil {
			configs[match[1]] = map[string]convertedSplit{}
		}
		split := configs[match[1]][match[3]]
		split.files = append(split.files, name)
		split.partial = split.partial || match[2] != ""
		configs[match[1]][match[3]] = split
	}
	return configs
}

func chooseConverted(found *hubFiles, name hubName, wanted []string, configs map[string]map[string]convertedSplit) error {
	names := slices.Sorted(maps.Keys(configs))
	config := name.config
	switch {
	case config == "" && len(names) == 1:
		config = names[0]
	case config == "" && configs["default"] != nil:
		config = "default"
		found.notes = append(found.notes, fmt.Sprintf("the configuration %q was taken; the others are %q", config, slices.DeleteFunc(names, func(n string) bool { return n == config })))
	case config == "":
		return fmt.Errorf("%s has several configurations, %q: give one, such as %s:%s", name.id, names, name.id, names[0])
	case configs[config] == nil:
		return fmt.Errorf("%s has no configuration %q: expected one of %q", name.id, config, names)
	}
	splits := configs[config]
	byHalf := map[string]string{}
	var unused []string
	for _, split := range slices.Sorted(maps.Keys(splits)) {
		half := halves.Of(split)
		switch {
		case half == "":
			unused = append(unused, split)
		case byHalf[half] != "":
			return fmt.Errorf("%s:%s has the splits %q and %q: expected one for each half; download the files and open them by their names", name.id, config, byHalf[half], split)
		default:
			byHalf[half] = split
		}
	}
	if byHalf[halves.Train] == "" && (!slices.Contains(wanted, halves.Unsupervised) || byHalf[halves.Unsupervised] == "") {
		return fmt.Errorf("%s:%s has no split %q: it has %q; download the files and open them by their names", name.id, config, halves.Train, slices.Sorted(maps.Keys(splits)))
	}
	if len(unused) > 0 {
		found.notes = append(found.notes, fmt.Sprintf("the splits %q of %s are not used: their names are not those of a half", unused, name.id))
	}
	for _, half := range wanted {
		split := splits[byHalf[half]]
		for _, file := range split.files {
			found.files, found.halves = append(found.files, file), append(found.halves, half)
		}
		if split.partial {
			found.warnings = append(found.warnings, fmt.Sprintf("the hub converted only a part of the split %q of %s to Parquet, because it is large: the rest is not read", byHalf[half], name.id))
		}
	}
	return nil
}

// chooseUploaded chooses from the files of a repository as from those of a folder: it applies
// the rules to a folder of empty files with the same names.
func chooseUploaded(found *hubFiles, name hubName, wanted, names []string) (err error) {
	dir, err := os.MkdirTemp("", "lorabook-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, file := range names {
		if !fs.ValidPath(file) || hidden(file) {
			continue
		}
		local := filepath.Join(dir, filepath.FromSlash(file))
		err := os.MkdirAll(filepath.Dir(local), 0o755)
		if err == nil {
			err = os.WriteFile(local, nil, 0o644)
		}
		if err != nil {
			return err
		}
	}
	root := dir
	if name.config != "" {
		for _, root = range []string{filepath.Join(dir, name.config), filepath.Join(dir, "data", name.config)} {
			if isFolder(root) {
				break
			}
		}
		if !isFolder(root) {
			return fmt.Errorf("%s has no folder of the configuration %q: it holds %.300q", name.id, name.config, names)
		}
	}
	readable := func(text string) string {
		return strings.ReplaceAll(strings.ReplaceAll(text, dir+string(filepath.Separator), ""), dir, name.id)
	}
	tables, warnings, err := tablesIn(root, wanted)
	if err != nil {
		return errors.New(readable(err.Error()))
	}
	for _, warning := range warnings {
		found.warnings = append(found.warnings, readable(warning))
	}
	for _, t := range tables {
		file, err := filepath.Rel(dir, t.Path)
		if err != nil {
			return err
		}
		found.files, found.halves = append(found.files, filepath.ToSlash(file)), append(found.halves, t.Half)
	}
	return nil
}

// localHub returns the folder of a data set of the hub in the cache.
func (h hubName) localHub() (string, bool) {
	if dir, ok := hub.Cached(h.repo()); ok || h.revision != "" {
		return dir, ok
	}
	return hub.Cached(h.original())
}
