package label

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Counts are the numbers of a part of the texts.
type Counts struct {
	Texts int `json:"texts"`         // records, those that cannot be labelled included
	Bad   int `json:"bad,omitempty"` // records that cannot be labelled
	// Classes are the numbers of texts by class, for data.TokenClassification of entities by type.
	// With data.MultiLabel a text counts for each of its classes.
	Classes map[string]int           `json:"classes,omitempty"`
	None    int                      `json:"none,omitempty"` // texts without a class of data.MultiLabel, or without an entity
	Sum     float64                  `json:"sum,omitempty"`  // of the numbers of data.Regression
	Tokens  tokenizers.UnknownTokens `json:"tokens"`
	// Long are the texts with more tokens than the model reads at once: they were cut or, with the
	// truncation "windows", read in parts.
	Long int `json:"long"`
}

// Add adds the counts of further texts.
func (c *Counts) Add(more Counts) {
	c.Texts, c.Bad, c.None, c.Long, c.Sum = c.Texts+more.Texts, c.Bad+more.Bad, c.None+more.None, c.Long+more.Long, c.Sum+more.Sum
	c.Tokens.Add(more.Tokens)
	for class, n := range more.Classes {
		c.class(class, n)
	}
}

func (c *Counts) class(name string, n int) {
	if c.Classes == nil {
		c.Classes = map[string]int{}
	}
	c.Classes[name] += n
}

// String is [Counts.Describe] for a task with one class of a text, several, or a number.
func (c Counts) String() string { return c.Describe("") }

// Describe describes the counts of a task's answers in one line. The shares are those of the texts, for
// data.TokenClassification those of the entities.
func (c Counts) Describe(task data.Task) string {
	parts := []string{numerals.Count(c.Texts) + " texts"}
	labelled := c.Texts - c.Bad
	if c.Bad > 0 {
		parts = append(parts, numerals.Count(c.Bad)+" of them cannot be used")
	}
	tags := task == data.TokenClassification
	answers, none := labelled, "none"
	if tags {
		answers, none = 0, "texts without an entity"
		for _, n := range c.Classes {
			answers += n
		}
		parts = append(parts, numerals.Count(answers)+" entities")
	}
	for _, class := range slices.Sorted(maps.Keys(c.Classes)) {
		parts = append(parts, fmt.Sprintf("%s %s (%s)", class, numerals.Count(c.Classes[class]), percent(c.Classes[class], answers)))
	}
	if c.None > 0 {
		parts = append(parts, fmt.Sprintf("%s %s (%s)", none, numerals.Count(c.None), percent(c.None, labelled)))
	}
	if !tags && c.Classes == nil && c.None == 0 && labelled > 0 {
		parts = append(parts, fmt.Sprintf("mean %.4g", c.Sum/float64(labelled)))
	}
	return strings.Join(append(parts, fmt.Sprintf("[UNK] %s of the tokens", percent(c.Tokens.Unknown, c.Tokens.Tokens)), fmt.Sprintf("longer than the model reads: %s", percent(c.Long, labelled))), ", ")
}

func percent(n, of int) string {
	if of == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%.3g %%", 100*float64(n)/float64(of))
}
