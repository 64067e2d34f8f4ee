package finetune

import (
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
)

// skippedNote describes the unused tensors of the model's folder, by module, and the newly
// initialized ones; "" if there are none.
func skippedNote(m *bert.Model) string {
	modules := func(names []string) string {
		var list []string
		for _, name := range names {
			if module := name[:strings.LastIndexByte(name, '.')+1] + "*"; !slices.Contains(list, module) {
				list = append(list, module)
			}
		}
		return strings.Join(list, ", ")
	}
	if len(m.Skipped) == 0 {
		return ""
	}
	note := "tensors of the model that are not used: " + modules(m.Skipped)
	if len(m.Fresh) > 0 {
		note += "; newly initialized: " + modules(m.Fresh)
	}
	return note
}
