package chart

import (
	"fmt"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/lorabook/lorabook/internal/cellscreen"
)

// gonbScreen shows outputs in the cell of a GoNB notebook.
type gonbScreen struct{}

// notebook returns the screen of the notebook that runs this program, nil
// where none does.
func notebook() screen {
	if !cellscreen.InNotebook() {
		return nil
	}
	return gonbScreen{}
}

// newOutputID returns a new identifier of an output.
func newOutputID() string { return cellscreen.NewID() }

func (gonbScreen) update(id string, forms map[protocol.MIMEType]any, metadata map[string]any) error {
	return named(cellscreen.Update(id, forms, metadata))
}

func (gonbScreen) flush() error { return named(cellscreen.Flush()) }

// named adds this package's name to an error.
func named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("chart: %w", err)
}
