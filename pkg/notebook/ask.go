package notebook

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"sync"

	"github.com/janpfeifer/gonb/gonbui"
)

// Ask prompts for a line of text: in a GoNB notebook with a text box below the cell,
// elsewhere on standard output. It returns the line without leading and trailing white
// space, or "" at the end of input. If ctx is cancelled first, as by the interrupt button,
// Ask returns the error of ctx.
//
// A cell that prompts cannot run unattended: tag it "skip-execution", and
// `go run ./kernel run` and nbconvert skip it.
func Ask(ctx context.Context, prompt string) (string, error) { return terminal.ask(ctx, prompt) }

// Lines prompts as [Ask] does, again and again, and yields each line. The loop ends at an
// empty line and at the end of input. An error ends the cell as [Check] does.
func Lines(ctx context.Context, prompt string) iter.Seq[string] { return terminal.each(ctx, prompt) }

func (a *asker) each(ctx context.Context, prompt string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			line, err := a.ask(ctx, prompt)
			Check(err)
			if line == "" || !yield(line) {
				return
			}
		}
	}
}

var terminal = &asker{in: os.Stdin, request: func(prompt string) {
	if gonbui.IsNotebook {
		gonbui.RequestInput(prompt, false)
	} else {
		fmt.Print(prompt)
	}
}}

// asker reads one line per request.
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
	// A read cannot be cancelled, so a goroutine reads: a line that arrives after ctx was
	// cancelled answers the next request.
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
