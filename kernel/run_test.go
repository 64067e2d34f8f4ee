package main

import (
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/run"
)

// The end of a run prints the command that renders its notebooks.
func TestRenderCommandOfARun(t *testing.T) {
	for want, options := range map[string]run.Options{
		"go run ./kernel render out":               {Out: "out", Notebooks: []string{"notebooks/a.ipynb"}},
		"go run ./kernel render 'my results'":      {Out: "my results"},
		`go run ./kernel render 'it'\''s'`:         {Out: "it's"},
		"go run ./kernel render notebooks/a.ipynb": {Out: "out", InPlace: true, Notebooks: []string{"notebooks/a.ipynb"}},
	} {
		if got := renderCommand(options); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
