package lora

import (
	"path/filepath"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// lostBiases is the warning about a file without the biases that were trained.
const lostBiases = TensorsFile + `: contains no bias, although "bias" is "lora_only": PEFT 0.10 to 0.20 trained the biases of adapted modules and did not save them. ` +
	"The biases of the base model are used, as in PEFT, and the answers may differ from those in the training"

// leaveOutLostBiases removes the biases of adapted modules from the expected tensors if the file has
// none of them, and reports whether it has removed any: PEFT 0.7 to 0.20 looks for X.bias to save with
// "lora_only", where the model has X.base_layer.bias, and writes a file without biases. A file that
// cannot be read is left to the reading of its tensors, which reports the error.
func (l *Layout) leaveOutLostBiases(dir string, c Config, expected map[string][]int) bool {
	if c.Bias != BiasLoRAOnly || len(l.Biases) == 0 {
		return false
	}
	file, err := safetensors.Open(filepath.Join(dir, TensorsFile))
	if err != nil {
		return false
	}
	defer file.Close()
	for _, s := range l.Biases {
		for _, name := range []string{s.key, peftPrefix + s.Name} { // PEFT 0.5 wrote the second
			if _, _, ok := file.Info(name); ok {
				return false
			}
		}
	}
	for _, s := range l.Biases {
		delete(expected, s.key)
	}
	return true
}
