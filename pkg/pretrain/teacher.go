package pretrain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Teacher is a larger BERT for the distillation of hidden states during a pre-training. The
// student's last states are trained to match the teacher's states of each word. The student's
// pooled output, if it has a pooler, is trained to match their mean over the row, since a
// classifier uses the pooled output (hidden states as targets: Romero et al. 2015,
// arXiv:1412.6550; Jiao et al. 2020, arXiv:1909.10351). The two models may have different
// vocabularies, but must split texts into the same words. The teacher processes each whole text
// once, without masks. Its states are stored in the run folder until the end of the training, 2
// bytes for each dimension and word.
type Teacher struct {
	Model  string  `json:"model"`  // a folder, .zip or name for bert.Resolve
	Layers []int   `json:"layers"` // layers; the target is the mean of their hidden states, 0 for the embeddings' output; default the last
	Texts  int     `json:"texts"`  // number of training texts, sampled from all in neighbourhoods; default 0: all
	Weight float64 `json:"weight"` // weight of the mean squared errors of standardized states; default 1
}

func (t Teacher) withDefaults() *Teacher {
	settings.Default(&t.Weight, 1)
	return &t
}

func (t Teacher) validate() error {
	if t.Model == "" {
		return &settings.FieldError{Field: "teacher.model", Reason: "is empty, expected a folder or a name; omit the field teacher for a training without one"}
	}
	for i, layer := range t.Layers {
		if layer < 0 || slices.Contains(t.Layers[:i], layer) {
			return &settings.FieldError{Field: fmt.Sprintf("teacher.layers[%d]", i), Reason: fmt.Sprintf("is %d, expected each layer once, from 0", layer)}
		}
	}
	if t.Texts < 0 {
		return &settings.FieldError{Field: "teacher.texts", Reason: fmt.Sprintf("is %d, expected at least 1, or 0 for all", t.Texts)}
	}
	if !(t.Weight > 0) || math.IsInf(t.Weight, 0) {
		return &settings.FieldError{Field: "teacher.weight", Reason: fmt.Sprintf("is %v, expected more than 0", t.Weight)}
	}
	return settings.Float32("teacher.weight", t.Weight)
}

// draw samples the training texts from all texts and returns their indices, sorted. Neighbours
// stay together.
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

// keptWarnings keeps the warnings that a Progress shows, for the result.
type keptWarnings struct {
	progress.Progress
	warnings []string
}

func (k *keptWarnings) Note(text string) {
	if warning, ok := strings.CutPrefix(text, progress.WarningPrefix); ok {
		k.warnings = append(k.warnings, warning)
	}
	k.Progress.Note(text)
}
