// Package notebook asks whoever reads a notebook.
package notebook

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/janpfeifer/gonb/gonbui"
)

// Ask asks the reader for a line of text: in a cell of a GoNB notebook by a box below it,
// elsewhere by the prompt on standard output. It gives the line without white space at
// its ends, and "" with no error at the end of input. Where ctx ends first, as when the
// cell is interrupted, the error is ctx's.
//
// Nobody answers a cell that is run without a reader: tag it "skip-execution", and
// `go run ./kernel run` and nbconvert leave it out.
func Ask(ctx context.Context, prompt string) (string, error) { return terminal.ask(ctx, prompt) }

var terminal = &asker{in: os.Stdin, request: func(prompt string) {
	if gonbui.IsNotebook {
		gonbui.RequestInput(prompt, false)
	} else {
		fmt.Print(prompt)
	}
}}

// asker reads lines, one for each request.
type asker struct {
	in      io.Reader
	request func(prompt string)

	start sync.Once
	lines chan line
}

type line struct {
	text string
	err  error
}

func (a *asker) ask(ctx context.Context, prompt string) (string, error) {
	// Reading cannot be broken off, so it goes on by itself: a line that comes after ctx
	// has ended is the next request's.
	a.start.Do(func() {
		a.lines = make(chan line)
		go func() {
			r := bufio.NewReader(a.in)
			for {
				text, err := r.ReadString('\n')
				if errors.Is(err, io.EOF) {
					err = nil
					if text == "" {
						close(a.lines)
						return
					}
				}
				a.lines <- line{strings.TrimSpace(text), err}
				if err != nil {
					close(a.lines)
					return
				}
			}
		}()
	})
	if err := ctx.Err(); err != nil {
		return "", err
	}
	a.request(prompt)
	select {
	case l := <-a.lines:
		return l.text, l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
