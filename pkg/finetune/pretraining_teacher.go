package finetune

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/internal/settings"
)

// Teacher is a larger BERT whose hidden states a pre-trained model learns besides the
// hidden pieces: from its last states those of each word, and from its pooled output, if
// it has a pooler, their mean over the row, which is what a classifier stands on (hidden
// states as targets: Romero et al. 2015, arXiv:1412.6550; Jiao et al. 2020,
// arXiv:1909.10351). The two may have different vocabularies, but must tell words apart
// alike. The teacher reads each text once, whole, with nothing hidden; what it thinks is
// kept in the run folder until the training is done, 2 bytes for each of its dimensions
// and each word.
type Teacher struct {
	Model  string  `json:"model"`  // a folder, .zip or name, as bert.Resolve takes it
	Layers []int   `json:"layers"` // whose hidden states' mean is learned, 0 for the embeddings' output; default the last
	Texts  int     `json:"texts"`  // learned from, drawn from all in neighbourhoods; default 0: all
	Weight float64 `json:"weight"` // of the mean squared errors, in standard deviations; default 1
}

func (t Teacher) withDefaults() *Teacher {
	settings.Default(&t.Weight, 1)
	return &t
}

func (t Teacher) validate() error {
	if t.Model == "" {
		return &FieldError{Field: "teacher.model", Reason: "is empty, expected a folder or a name; leave teacher out where there is none"}
	}
	for i, layer := range t.Layers {
		if layer < 0 || slices.Contains(t.Layers[:i], layer) {
			return &FieldError{Field: fmt.Sprintf("teacher.layers[%d]", i), Reason: fmt.Sprintf("is %d, expected each layer once, from 0", layer)}
		}
	}
	if t.Texts < 0 {
		return &FieldError{Field: "teacher.texts", Reason: fmt.Sprintf("is %d, expected at least 1, or 0 for all", t.Texts)}
	}
	if !(t.Weight > 0) || math.IsInf(t.Weight, 0) {
		return &FieldError{Field: "teacher.weight", Reason: fmt.Sprintf("is %v, expected more than 0", t.Weight)}
	}
	return nil
}

// draw chooses the texts of all that are learned from, sorted; neighbours stay together.
func (t Teacher) draw(all, neighbours int, seed int64) []int {
	var chosen []int
	if t.Texts == 0 || t.Texts >= all {
		for i := range all {
			chosen = append(chosen, i)
		}
		return chosen
	}
	blocks := (all + neighbours - 1) / neighbours
	for _, block := range random.Named(seed, "texts of the teacher").Perm(blocks) {
		for i := block * neighbours; i < min(all, (block+1)*neighbours) && len(chosen) < t.Texts; i++ {
			chosen = append(chosen, i)
		}
	}
	slices.Sort(chosen)
	return chosen
}
