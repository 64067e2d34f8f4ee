package label

import (
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// TestCountsDescribe: three persons in two of five texts are 75 % of the entities, and not 60 % of the texts.
func TestCountsDescribe(t *testing.T) {
	tags := Counts{Texts: 6, Bad: 1, Classes: map[string]int{"PER": 3, "LOC": 1}, None: 2, Tokens: tokenizers.UnknownTokens{Tokens: 50, Unknown: 1}}
	for want, got := range map[string]string{
		"6 texts, 1 of them cannot be used, 4 entities, LOC 1 (25 %), PER 3 (75 %), texts without an entity 2 (40 %), [UNK] 2 % of the tokens, longer than the model reads: 0 %": tags.Describe(data.TokenClassification),
		"6 texts, 1 of them cannot be used, LOC 1 (20 %), PER 3 (60 %), none 2 (40 %), [UNK] 2 % of the tokens, longer than the model reads: 0 %":                                tags.Describe(data.MultiLabel),
		"2 texts, 0 entities, texts without an entity 2 (100 %), [UNK] 0 % of the tokens, longer than the model reads: 0 %":                                                      Counts{Texts: 2, None: 2}.Describe(data.TokenClassification),
		"2 texts, mean 1.5, [UNK] 0 % of the tokens, longer than the model reads: 0 %":                                                                                           Counts{Texts: 2, Sum: 3}.String(),
	} {
		if got != want {
			t.Errorf("%s\nexpected\n%s", got, want)
		}
	}
}
