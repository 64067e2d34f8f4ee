// Package toytest makes small models and data sets for examples and tests.
//
//	dir, model, data := toytest.Folders()
//	defer os.RemoveAll(dir)
package toytest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
)

// Folders makes a temporary folder with a folder of a model, two layers with a vocabulary of
// letters, and a folder of data: 160 and 80 texts of ten letters, of which those labelled
// "good" contain the letter k. It serves the tests of packages in pkg/ and internal/, and panics
// if a file cannot be written.
func Folders() (dir, modelDir, dataDir string) {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		panic(err)
	}
	modelDir, dataDir = filepath.Join(dir, "model"), filepath.Join(dir, "data")
	if err := saveModel(modelDir, bert.Options{}); err != nil {
		panic(err)
	}
	if err := os.Mkdir(dataDir, 0o755); err != nil {
		panic(err)
	}
	for half, n := range map[string]int{"train": 160, "test": 80} {
		text := []string{"id,text,label"}
		for i := range n {
			words := make([]string, 10)
			for j := range words {
				words[j] = string(rune('a' + (i*7+j*j+i*j)%10))
				if i%2 == 1 && j%2 == 0 {
					words[j] = "k"
				}
			}
			text = append(text, fmt.Sprintf("%s%d,%s,%s", half, i, strings.Join(words, " "), []string{"bad", "good"}[i%2]))
		}
		if err := os.WriteFile(filepath.Join(dataDir, half+".csv"), []byte(strings.Join(text, "\n")+"\n"), 0o644); err != nil {
			panic(err)
		}
	}
	return dir, modelDir, dataDir
}
