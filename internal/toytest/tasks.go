package toytest

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// TaskData writes train.jsonl and test.jsonl with 160 and 80 texts of letters to an existing
// folder. For data.MultiLabel the label of a text is the list of those of the letters k, m and n
// that it contains, as "with k", "with m" and "with n". For data.Regression it is the share of k
// among the letters, times 5.
func TaskData(dir string, task data.Task) error {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, half := range []struct {
		name string
		n    int
	}{{"train", 160}, {"test", 80}} {
		var text strings.Builder
		for range half.n {
			words := make([]string, 6+rng.IntN(10))
			letters, share := "abcdef", rng.Float64()
			chosen := []string{}
			for _, letter := range []string{"k", "m", "n"} {
				if rng.IntN(2+len(chosen)) == 0 {
					letters += strings.Repeat(letter, 4)
					chosen = append(chosen, letter)
				}
			}
			count := 0
			for i := range words {
				words[i] = string(letters[rng.IntN(len(letters))])
				if task == data.Regression {
					words[i] = string(rune('a' + rng.IntN(6)))
					if rng.Float64() < share {
						words[i] = "k"
						count++
					}
				}
			}
			line := map[string]any{"text": strings.Join(words, " "), "label": 5 * float64(count) / float64(len(words))}
			if task == data.MultiLabel {
				labels := []string{}
				for _, letter := range chosen {
					if strings.Contains(line["text"].(string), letter) {
						labels = append(labels, "with "+letter)
					}
				}
				line["label"] = labels
			}
			encoded, err := json.Marshal(line)
			if err != nil {
				return err
			}
			text.Write(append(encoded, '\n'))
		}
		if err := os.WriteFile(filepath.Join(dir, half.name+".jsonl"), []byte(text.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
