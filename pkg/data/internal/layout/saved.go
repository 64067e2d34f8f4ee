package layout

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// isSaved reports whether save_to_disk of the datasets library wrote a folder of a Dataset: its
// Arrow files, state.json and dataset_info.json.
func isSaved(dir string) bool {
	for _, name := range []string{"state.json", "dataset_info.json"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// savedFiles returns the Arrow files of a folder that save_to_disk wrote, in the order of
// state.json, and the Arrow files that this does not list. The folder of a DatasetDict has such
// a folder for each split.
func savedFiles(dir string) (files, unread []string, err error) {
	path := filepath.Join(dir, "state.json")
	var state struct {
		Files []struct {
			Name string `json:"filename"`
		} `json:"_data_files"`
		Indices []json.RawMessage `json:"_indices_data_files"`
	}
	if err := readSmallJSON(path, &state); err != nil {
		return nil, nil, err
	}
	if len(state.Indices) > 0 {
		return nil, nil, fmt.Errorf("%s lists files of indices, which select rows of the Arrow files: in Python, save datasets.load_from_disk(%q).flatten_indices() again", path, dir)
	}
	if len(state.Files) == 0 {
		return nil, nil, fmt.Errorf("%s lists no _data_files: expected the names of Arrow files in the folder", path)
	}
	for _, file := range state.Files {
		if file.Name == "" || filepath.Base(file.Name) != file.Name || file.Name == ".." || file.Name == "." {
			return nil, nil, fmt.Errorf("%s lists the file %q: expected the name of a file in the folder", path, file.Name)
		}
		shard := filepath.Join(dir, file.Name)
		if _, err := os.Stat(shard); err != nil {
			return nil, nil, fmt.Errorf("%s lists a file that is missing: %w", path, err)
		}
		files = append(files, shard)
	}
	if err := checkShards(files); err != nil {
		return nil, nil, err
	}
	items, err := Visible(dir)
	for _, item := range items {
		if path := filepath.Join(dir, item.Name()); formats.Of(path) == formats.Arrow && !slices.Contains(files, path) {
			unread = append(unread, path)
		}
	}
	return files, unread, err
}

// checkSavedDict checks that a folder has all splits that the DatasetDict in it lists.
func checkSavedDict(dir string, wanted Wanted) error {
	path := filepath.Join(dir, "dataset_dict.json")
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	var dict struct {
		Splits []string `json:"splits"`
	}
	if err := readSmallJSON(path, &dict); err != nil {
		return err
	}
	for _, split := range dict.Splits {
		if !isSaved(filepath.Join(dir, split)) {
			return fmt.Errorf("%s lists the split %q, and %s is not a folder that save_to_disk wrote: copy it again", path, split, filepath.Join(dir, split))
		}
	}
	expected := wanted.Needed()
	if !slices.ContainsFunc(dict.Splits, func(split string) bool { return slices.Contains(expected, halves.Of(split)) }) {
		return fmt.Errorf("%s lists the splits %q and no %s: open the folder of one split, such as %s",
			path, dict.Splits, QuotedOr(expected), filepath.Join(dir, strings.Join(dict.Splits[:min(1, len(dict.Splits))], "")))
	}
	return nil
}

// readSmallJSON reads a file that describes others.
func readSmallJSON(path string, into any) error {
	const most = 16 << 20
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > most {
		return fmt.Errorf("%s has %d bytes: expected at most %d", path, info.Size(), most)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s is not the JSON that the datasets library writes: %w", path, err)
	}
	return nil
}
