// Package cellscreen sends outputs to the page of a GoNB notebook. A cell of a notebook is a
// program of its own, which GoNB hands a pipe.
package cellscreen

import (
	"errors"
	"fmt"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// InNotebook reports whether a GoNB notebook runs this program.
func InNotebook() bool { return gonbui.IsNotebook }

// NewID returns an identifier that no earlier run of a cell has used: GoNB takes a known one
// for an update, and the earlier output of the cell is gone by then. It is not kept in saved
// notebooks.
func NewID() string { return "lorabook_" + gonbui.UniqueId() }

// Update shows an output in its MIME types, in place of the output with the same identifier, if
// there is one.
func Update(id string, forms map[protocol.MIMEType]any, metadata map[string]any) error {
	gonbui.SendData(&protocol.DisplayData{Data: forms, Metadata: metadata, DisplayID: id})
	return failure()
}

// flushTime bounds the wait for GoNB's answer, which never comes if the kernel has ended.
const flushTime = 10 * time.Second

// Flush waits until the outputs have left this program.
func Flush() error {
	done := make(chan struct{})
	go func() {
		gonbui.Sync()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(flushTime):
		return errors.New("show in the notebook: GoNB did not confirm the output; is the kernel alive?")
	}
	return failure()
}

func failure() error {
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("show in the notebook: %w", err)
	}
	return nil
}
