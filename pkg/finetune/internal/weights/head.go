package weights

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/internal/variables"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// head saves the trainable weights of the head in head/.
type head struct {
	tensors
	dir    string
	labels []string // names of the classes

	problem string // bert's ProblemType
}

// OfHead makes only the modules with these names trainable, with all modules within them, as PEFT's
// modules_to_save does ("pooler" has the layer "pooler.dense"), and returns their tensors, which are saved
// in the folder dir. The encoder then computes no gradients below them. A name that the model
// does not have is a *settings.FieldError.
func OfHead(m *bert.Model, encoder *bert.Encoder, modules []string, base Base, dir string) (Trained, error) {
	found := map[string]bool{}
	l := newTensors(m, base, func(name string) bool {
		scope := "." + name[:strings.LastIndexByte(name, '.')] + "."
		for _, module := range modules {
			if strings.Contains(scope, "."+module+".") {
				found[module] = true
				return true
			}
		}
		return false
	})
	for _, module := range modules {
		if !found[module] {
			return nil, &settings.FieldError{Field: "adapter.modules_to_save", Reason: fmt.Sprintf("names %q, which %s does not have: expected names such as \"classifier\" and \"pooler\"", module, base.Name)}
		}
	}
	stopGradient(m, encoder)
	return head{l, dir, m.Config.Labels, m.RecordedProblem()}, nil
}

// stopGradient stops the gradient below the lowest trainable module if all trainable modules
// belong to the head. Otherwise GoMLX would build the gradients of the whole encoder and rely on
// the engine to remove them.
func stopGradient(m *bert.Model, encoder *bert.Encoder) {
	pooler, classifier := dotted.Path(bert.PoolerModule), dotted.Path(bert.ClassifierModule)
	first := classifier
	for _, v := range trainer.Trainable(m.Store.RootScope(), nil) {
		switch v.Scope() {
		case pooler:
			first = v.Scope()
		case classifier:
		default:
			return // within the encoder
		}
	}
	encoder.Dense = func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
		if scope.Scope() == first {
			x = graph.StopGradient(x)
		}
		return bert.Linear(scope, x, out)
	}
}

func (l head) Save() error { return l.SaveTo(l.dir) }
func (l head) SaveTo(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := lora.WriteLabels(dir, l.labels, l.problem); err != nil {
		return err
	}
	return l.write(filepath.Join(dir, runfolder.HeadFile))
}
func (l head) Load() error   { return variables.Read(l.File(), l.variables) }
func (l head) Finish() error { return nil }
func (l head) File() string  { return filepath.Join(l.dir, runfolder.HeadFile) }
