package finetune

import (
	"fmt"
	"reflect"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Method selects the trainable weights. HeadOnly and Full are the baselines of LoRA.
type Method string

const (
	// LoRA trains an adapter and the modules to save, with all other weights frozen. It is the
	// zero value, since experiments of earlier versions lack the field; "lora" is a synonym.
	LoRA Method = ""

	// HeadOnly is a linear probe: no adapter; the modules in Adapter.ModulesToSave, by default
	// the classifier, are trained on the frozen encoder.
	HeadOnly Method = "head"

	// Full trains every weight. Its checkpoint contains each weight three times: 1.3 GB for
	// bert-base.
	Full Method = "full"
)

// String returns the method's name: "lora", "head" or "full".
func (m Method) String() string {
	if m == LoRA {
		return "lora"
	}
	return string(m)
}

// withMethod completes the adapter configuration for the method.
func (e Experiment) withMethod() (Experiment, error) {
	switch e.Method {
	case "lora":
		e.Method = LoRA
	case HeadOnly:
		if e.Adapter.ModulesToSave == nil {
			e.Adapter.ModulesToSave = []string{bert.ClassifierModule}
		}
	}
	if e.Method != LoRA {
		return e, nil
	}
	settings.Default(&e.Adapter.BaseModel, e.Model)
	settings.Default(&e.Adapter.Revision, e.ModelRevision)
	if e.Adapter.Revision != e.ModelRevision {
		return e, &FieldError{Field: "adapter.revision", Reason: fmt.Sprintf("is %q, but model_revision is %q: set model_revision alone", e.Adapter.Revision, e.ModelRevision)}
	}
	if e.Task == data.TokenClassification {
		settings.Default(&e.Adapter.TaskType, "TOKEN_CLS")
	}
	if err := classify.CheckTask(e.Adapter, e.Task); err != nil {
		return e, &FieldError{Field: "adapter.task_type", Reason: err.Error()}
	}
	adapter, err := lora.New(e.Adapter)
	if err != nil {
		return e, err
	}
	e.Adapter = adapter.Config()
	return e, nil
}

// validateMethod refuses an unknown method, and settings that the method would ignore.
func (e Experiment) validateMethod() error {
	ignored := e.Adapter
	switch e.Method {
	case LoRA:
		return nil
	case HeadOnly:
		if len(ignored.ModulesToSave) == 0 {
			return &FieldError{Field: "adapter.modules_to_save", Reason: fmt.Sprintf("is empty, expected modules to train with method %q: omit it for the classifier", e.Method)}
		}
		ignored.ModulesToSave = nil
	case Full:
	default:
		return &FieldError{Field: "method", Reason: fmt.Sprintf("is %q, expected %q, %q or %q", string(e.Method), LoRA, HeadOnly, Full)}
	}
	if !reflect.DeepEqual(ignored, lora.Config{}) {
		return &FieldError{Field: "adapter", Reason: fmt.Sprintf("has settings that method %q would ignore: leave them out", e.Method)}
	}
	if e.Training.LoRAPlusLRRatio != 0 {
		return &FieldError{Field: "training.loraplus_lr_ratio", Reason: fmt.Sprintf("is %v, but method %q has no matrices B: leave it out", e.Training.LoRAPlusLRRatio, e.Method)}
	}
	return nil
}
