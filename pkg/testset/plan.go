package testset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// plan is the content of the result's experiment.json: all that decides the predictions. Places and names
// of files are not part of it.
type plan struct {
	Kind     string       `json:"kind"` // runfolder.EvaluationKind
	Examples planExamples `json:"examples"`
	Model    planModel    `json:"model"`
	Seed     int64        `json:"seed"` // of the intervals
}

type planExamples struct {
	Part   Part   `json:"part"`
	Number int    `json:"number"`
	Digest string `json:"digest"` // of the ids, the texts and the answers by name, in the order of the ids
}

type planModel struct {
	Task       data.Task           `json:"task"`
	Classes    []string            `json:"classes"`
	MaxLength  int                 `json:"max_length"`
	Truncation encoding.Truncation `json:"truncation,omitzero"`
	Digest     string              `json:"digest"` // classify.Classifier.Digest
}

// checkFolder refuses the folder of a run.
func checkFolder(root, name string) error {
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return nil // there is none, or runfolder.Create returns the error
	}
	if folder.Kind() != runfolder.EvaluationKind {
		return fmt.Errorf("testset: the folder %s has a run, not an evaluation: name a new folder for the result", folder.Dir())
	}
	return nil
}

// digestOf returns the digest of examples with their answers by name, whatever their order.
func digestOf(task data.Task, examples []data.Example, classes []string) string {
	names := func(list []int) string {
		out := make([]string, len(list))
		for i, class := range list {
			out[i] = classes[class]
		}
		return fmt.Sprintf("%q", out)
	}
	sum := digest.NewStrings()
	for _, e := range slices.SortedFunc(slices.Values(examples), func(a, b data.Example) int { return strings.Compare(a.ID, b.ID) }) {
		answer := ""
		switch task {
		case data.MultiLabel:
			answer = names(e.Labels)
		case data.Regression:
			answer = fmt.Sprint(e.Value)
		case data.TokenClassification:
			answer = names(e.Tags) + fmt.Sprintf("%q", e.Words)
		default:
			answer = classes[e.Label]
		}
		sum.Add(e.ID, e.Text, e.TextPair, answer)
	}
	return sum.String()
}
