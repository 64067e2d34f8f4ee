package classify

import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// checkShared returns the settings of an adapter that can share the model with others; another one is
// refused.
func (s *servedHeads) checkShared(dir string) (lora.Config, error) {
	c, err := lora.ReadConfig(dir)
	if err != nil {
		return c, err
	}
	if err := checkProjectionsAlone(dir, c, s.model); err != nil {
		return c, err
	}
	other, difference, err := otherTokenizer(dir, s.model.Tokenizer, s.vocab)
	if err == nil && other != nil {
		err = fmt.Errorf("%s: the tokenizer in the adapter's folder differs from the model's, which all adapters share: %s (the model's); open the adapter alone, with Open, or, if it was trained with the model's tokenizer, remove the other one from the folder", dir, difference)
	}
	return c, err
}

// checkProjectionsAlone refuses an adapter that changes other parts of the model than its dense projections, which
// adapters that share one model cannot.
func checkProjectionsAlone(dir string, c lora.Config, m *bert.Model) error {
	l, err := c.Layout(m.Store, m.DenseModules(), m.EmbeddingModules()...)
	if err != nil {
		return err
	}
	projections := map[string]bool{}
	for _, module := range m.DenseModules() {
		projections["/"+strings.TrimPrefix(module, "/")] = true
	}
	does := ""
	if c.PeftType == lora.SHiRA {
		does = "is SHiRA, which changes single entries of the weights"
	}
	for _, t := range l.Targets {
		if !projections[t.Scope] {
			does = "adapts the embedding " + t.Name
		}
	}
	for _, s := range l.Saved {
		if !projections[s.Variable.Scope()] {
			does = "has its own " + s.Name + " (modules_to_save)"
		}
	}
	for _, s := range l.Biases {
		if !projections[s.Variable.Scope()] {
			does = fmt.Sprintf("has its own %s (bias %q)", s.Name, c.Bias)
		}
	}
	if does == "" {
		return nil
	}
	return fmt.Errorf("%s: %s; adapters that share one model have matrices on dense projections alone: open it alone, with Open, or write a model of it, with Merge (kernel merge)", dir, does)
}

// absentTensor is the error for a tensor that neither an adapter nor its model, in the folder modelDir,
// has.
func absentTensor(dir, tensor string, adapter lora.Config, config bert.Config, modelDir string) error {
	text := fmt.Sprintf("%s: contains no %s, and neither does the model %s", dir, tensor, modelDir)
	switch {
	case !config.ScoresTokens() || !strings.Contains(tensor, "pooler"):
		return fmt.Errorf("%s: PEFT would initialize it at random each time; expected the model on which the adapter was trained, or an adapter that was trained and saved with it (modules_to_save)", text)
	case adapter.TaskType == lora.NoTask:
		return fmt.Errorf("%s, which is a classifier of words: if the adapter classifies words too, set Task to %q (--task)", text, tokenProblem)
	}
	return fmt.Errorf("%s, which is a classifier of words, and the adapter (task_type %s) one of texts: name a model with a pooler, or, if task_type is wrong, set it to %s", text, adapter.TaskType, tokenTask)
}
