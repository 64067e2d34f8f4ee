// Package hubdata finds the files of a data set on the Hugging Face hub: those of the hub's
// conversion to Parquet, or those of the repository.
package hubdata

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
	"github.com/lorabook/lorabook/internal/tempdir"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/layout"
)

// Name is the name of a data set of the hub: owner/name[:config][@revision].
type Name struct {
	ID       string // owner/name
	Config   string // "": the only one, or "default"
	Revision string // a branch, a tag or a commit; "": the conversion to Parquet
}

var hubPattern = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)(?::([^@:/\\]+))?(?:@([A-Za-z0-9][A-Za-z0-9._/-]*))?$`)

// ParseName parses a spec. ok is false for a spec that is not the name of a data set of the
// hub, such as data/reviews.csv.
func ParseName(spec string) (name Name, ok bool) {
	match := hubPattern.FindStringSubmatch(spec)
	if match == nil {
		return Name{}, false
	}
	stem, packed := decode.CutCompression(match[1])
	if packed != nil || formats.IsTable(stem) || layout.LooksLikeData(path.Base(match[1])) || slices.Contains(append(layout.AmbiguousExtensions, ".zip"), path.Ext(match[1])) {
		return Name{}, false
	}
	return Name{match[1], match[2], match[3]}, true
}

// Conversion is the branch in which the hub keeps its conversion of a data set to Parquet.
// Source: "List Parquet files" in the documentation of the dataset viewer.
const Conversion = "refs/convert/parquet"

// Repo is the repository of the revision, without one that of the conversion to Parquet.
func (h Name) Repo() hub.Repo {
	revision := h.Revision
	if revision == "" {
		revision = Conversion
	}
	return hub.Repo{Kind: hub.Datasets, ID: h.ID, Revision: revision}
}

// original is the repository as its owner uploaded it.
func (h Name) original() hub.Repo { return hub.Repo{Kind: hub.Datasets, ID: h.ID} }

// Files are the files of a data set in a repository.
type Files struct {
	Repo            hub.Repo // at the commit of the listing
	Files           []string // paths in the repository
	Halves          []string // of each file
	Warnings, Notes []string // one sentence each
}

// Find lists the files to read: of the hub's conversion to Parquet, or where there is none
// or a revision was given, of the repository itself.
func Find(ctx context.Context, name Name, wanted layout.Wanted) (*Files, error) {
	repo := name.Repo()
	listing, err := hub.List(ctx, repo)
	note := ""
	if name.Revision == "" && hub.IsMissingRevision(err) {
		repo = name.original()
		note = fmt.Sprintf("the hub has no conversion of %s to Parquet: the files of the repository were read", name.ID)
		listing, err = hub.List(ctx, repo)
	}
	if err != nil {
		return nil, err
	}
	found := &Files{}
	if configs := conversionOf(listing.Files); len(configs) > 0 {
		err = chooseConverted(found, name, wanted, configs)
	} else {
		err = chooseUploaded(found, name, wanted, listing.Files)
	}
	if err != nil {
		return nil, err
	}
	if note != "" {
		found.Notes = append([]string{note}, found.Notes...)
	}
	found.Repo = repo
	found.Repo.Revision = listing.Commit // the files belong to this listing
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

func chooseConverted(found *Files, name Name, wanted layout.Wanted, configs map[string]map[string]convertedSplit) error {
	names := slices.Sorted(maps.Keys(configs))
	config := name.Config
	switch {
	case config == "" && len(names) == 1:
		config = names[0]
	case config == "" && configs["default"] != nil:
		config = "default"
		found.Notes = append(found.Notes, fmt.Sprintf("the configuration %q was taken; the others are %q", config, slices.DeleteFunc(names, func(n string) bool { return n == config })))
	case config == "":
		return fmt.Errorf("%s has several configurations, %q: give one, such as %s:%s", name.ID, names, name.ID, names[0])
	case configs[config] == nil:
		return fmt.Errorf("%s has no configuration %q: expected one of %q", name.ID, config, names)
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
			return fmt.Errorf("%s:%s has the splits %q and %q: expected one for each half; download the files and open them by their names", name.ID, config, byHalf[half], split)
		default:
			byHalf[half] = split
		}
	}
	expected := wanted.Needed()
	read := slices.ContainsFunc(expected, func(half string) bool { return byHalf[half] != "" })
	if !read && (!wanted.Has(halves.Unsupervised) || byHalf[halves.Unsupervised] == "") {
		return fmt.Errorf("%s:%s has no split %s: it has %q; download the files and open them by their names", name.ID, config, layout.QuotedOr(expected), slices.Sorted(maps.Keys(splits)))
	}
	if len(unused) > 0 {
		found.Notes = append(found.Notes, fmt.Sprintf("the splits %q of %s are not used: their names are not those of a half", unused, name.ID))
	}
	for _, half := range wanted.Halves {
		split := splits[byHalf[half]]
		for _, file := range split.files {
			found.Files, found.Halves = append(found.Files, file), append(found.Halves, half)
		}
		if split.partial {
			found.Warnings = append(found.Warnings, fmt.Sprintf("the hub converted only a part of the split %q of %s to Parquet, because it is large: the rest is not read", byHalf[half], name.ID))
		}
	}
	return nil
}

// chooseUploaded chooses from the files of a repository as from those of a folder: it applies
// the rules to a folder of empty files with the same names.
func chooseUploaded(found *Files, name Name, wanted layout.Wanted, names []string) (err error) {
	made, err := tempdir.Make("lorabook-names-")
	if err != nil {
		return err
	}
	defer func() { _ = made.Remove() }()
	dir := made.Path
	for _, file := range names {
		if !fs.ValidPath(file) || layout.Hidden(file) {
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
	if name.Config != "" {
		for _, root = range []string{filepath.Join(dir, name.Config), filepath.Join(dir, "data", name.Config)} {
			if layout.IsFolder(root) {
				break
			}
		}
		if !layout.IsFolder(root) {
			return fmt.Errorf("%s has no folder of the configuration %q: it holds %.300q", name.ID, name.Config, names)
		}
	}
	readable := func(text string) string {
		return strings.ReplaceAll(strings.ReplaceAll(text, dir+string(filepath.Separator), ""), dir, name.ID)
	}
	tables, warnings, err := layout.Tables(root, wanted)
	if err != nil {
		return errors.New(readable(err.Error()))
	}
	for _, warning := range warnings {
		found.Warnings = append(found.Warnings, readable(warning))
	}
	for _, t := range tables {
		file, err := filepath.Rel(dir, t.Path)
		if err != nil {
			return err
		}
		found.Files, found.Halves = append(found.Files, filepath.ToSlash(file)), append(found.Halves, t.Half)
	}
	return nil
}

// LocalHub returns the folder of a data set of the hub in the cache.
func (h Name) LocalHub() (string, bool) {
	if dir, ok := hub.Cached(h.Repo()); ok || h.Revision != "" {
		return dir, ok
	}
	return hub.Cached(h.original())
}
