package chart

import (
	"errors"
	"fmt"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// gonbScreen shows outputs in the cell of a GoNB notebook, by the pipe that
// GoNB hands to each cell's program.
type gonbScreen struct{}

// notebook returns the screen of the notebook that runs this program, nil
// where none does.
func notebook() screen {
	if !gonbui.IsNotebook {
		return nil
	}
	return gonbScreen{}
}

// newOutputID returns an identifier that no earlier run of a cell has used:
// GoNB takes one that it knows for an update, and a cell's earlier output is
// gone by then. It is not kept in saved notebooks.
func newOutputID() string { return "lorabook_" + gonbui.UniqueId() }

func (gonbScreen) update(id string, forms map[protocol.MIMEType]any, metadata map[string]any) error {
	gonbui.SendData(&protocol.DisplayData{Data: forms, Metadata: metadata, DisplayID: id})
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("chart: show in the notebook: %w", err)
	}
	return nil
}

// flushTime bounds the wait for GoNB's answer, which never comes where the
// kernel went away.
const flushTime = 10 * time.Second

func (gonbScreen) flush() error {
	done := make(chan struct{})
	go func() {
		gonbui.Sync()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(flushTime):
		return errors.New("chart: GoNB did not confirm the output; is the kernel alive?")
	}
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("chart: show in the notebook: %w", err)
	}
	return nil
}
