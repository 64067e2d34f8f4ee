package layout

import (
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
)

// Tagged returns the .txt files of a folder if all of them, except those that accompany data, have
// a word with its tag on each line, as train.txt, valid.txt and test.txt of CoNLL-2003. It returns
// none for a folder with other files of records.
func Tagged(dir string, options formats.Options) (paths []string) {
	items, err := Visible(dir)
	if err != nil {
		return nil
	}
	for _, item := range items {
		path := filepath.Join(dir, item.Name())
		stem, _ := decode.CutCompression(item.Name())
		switch {
		case accompanies(stem):
		case IsFolder(path):
			if holdsTables(path) || holdsTexts(path) {
				return nil
			}
		case !IsText(item.Name()):
			if LooksLikeData(item.Name()) {
				return nil
			}
		case !formats.IsTagged(path, options):
			return nil
		default:
			paths = append(paths, path)
		}
	}
	return paths
}
