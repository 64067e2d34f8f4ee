package toytest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// templates are sentences with the types of names in them.
var templates = []string{
	"PER met PER in LOC yesterday .", "the office of ORG is in LOC .", "PER works for ORG .", "ORG hired PER and PER .",
	"it rained in LOC , said PER .", "nobody in LOC had heard of ORG .", "we took the train from LOC to LOC .", "who is PER ?",
}

// The parts of names: a name has one of the first and, in every second name, one of the second.
var nameParts = map[string][2][]string{
	"PER": {{"Mira", "Jonas", "Tilda", "Oskar", "Selma", "Ravi"}, {"Brandt", "Okafor", "Lind", "Castell"}},
	"LOC": {{"Norwald", "Eastmere", "Kalten", "Port"}, {"Harbour", "Valley", "Heights"}},
	"ORG": {{"Velta", "Orbin", "Castell", "Mira"}, {"Group", "Bank", "Works"}},
}

// letterParts are names of letters, some of several pieces, for a vocabulary that consists of these
// and of ##a to ##d. fillers are all
// other words.
var (
	letterParts = map[string][2][]string{"PER": {{"k", "kab"}, {"l"}}, "LOC": {{"m", "ma"}, {"l"}}, "ORG": {{"n", "nc"}, {"o"}}}
	fillers     = []string{"a", "b", "c", "d", "e"}
)

// TagData writes train.conll and test.conll with sentences with names of the types PER, LOC and
// ORG, in the scheme IOB2, to an existing folder. The sentences depend on the seed alone. letters
// replaces every word by a letter, for the model of [Model].
func TagData(dir string, seed uint64, train, test int, letters bool) error {
	rng := rand.New(rand.NewPCG(seed, 11))
	for _, half := range []struct {
		name string
		n    int
	}{{"train", train}, {"test", test}} {
		var text strings.Builder
		for range half.n {
			for word := range strings.FieldsSeq(templates[rng.IntN(len(templates))]) {
				parts, isName := nameParts[word]
				switch {
				case !isName && letters:
					word = fillers[rng.IntN(len(fillers))]
					fallthrough
				case !isName:
					fmt.Fprintf(&text, "%s O\n", word)
					continue
				}
				if letters {
					parts = letterParts[word]
				}
				fmt.Fprintf(&text, "%s B-%s\n", parts[0][rng.IntN(len(parts[0]))], word)
				if rng.IntN(2) == 0 {
					fmt.Fprintf(&text, "%s I-%s\n", parts[1][rng.IntN(len(parts[1]))], word)
				}
			}
			text.WriteString("\n")
		}
		if err := os.WriteFile(filepath.Join(dir, half.name+".conll"), []byte(text.String()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
