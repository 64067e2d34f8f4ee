package run

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// CellError reports a failed cell with its error and its output.
type CellError struct {
	Notebook string // the file
	Cell     int    // the cell's number, from 1, of whatever type the cells are
	Count    int    // its execution count, the number in brackets in Jupyter; 0 if there is none
	Source   string
	Line     int    // the line of the source that failed, from 1; 0 if not known
	Report   string // the compiler's message, or the origin of a panic; may be empty
	Stdout   string
	Stderr   string
	// Cause is a *RaisedError, *CommandError, *jupyter.DeadError or *jupyter.InterruptError.
	Cause error
}

// RaisedError is a failure that the kernel itself reports.
type RaisedError struct {
	Name, Value string
	Traceback   []string
}

// Error implements error.
func (e *RaisedError) Error() string {
	if e.Value == "" {
		return e.Name
	}
	if e.Name == "" || e.Name == "ERROR" { // GoNB's only name
		return e.Value
	}
	return e.Name + ": " + e.Value
}

// TimeoutError reports a cell that exceeded its time limit.
type TimeoutError struct{ Limit time.Duration }

// Error implements error.
func (e *TimeoutError) Error() string { return fmt.Sprintf("the cell ran for longer than %v", e.Limit) }

// Unwrap returns the cause.
func (e *CellError) Unwrap() error { return e.Cause }

// Error shows the cell as a compiler shows a source file, and the end of its streams.
func (e *CellError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: cell %d", e.Notebook, e.Cell)
	if e.Count > 0 {
		fmt.Fprintf(&text, ", In [%d]", e.Count)
	}
	if e.Line > 0 {
		fmt.Fprintf(&text, ", line %d", e.Line)
	}
	fmt.Fprintf(&text, ": %s\n\n", withoutColour(e.Cause.Error()))
	lines := strings.Split(strings.TrimRight(e.Source, "\n"), "\n")
	for i, line := range lines {
		mark := " "
		if i+1 == e.Line {
			mark = ">"
		}
		fmt.Fprintf(&text, "%s %*d | %s\n", mark, len(fmt.Sprint(len(lines))), i+1, line)
	}
	section(&text, "error", e.Report)
	if raised := (*RaisedError)(nil); errors.As(e.Cause, &raised) {
		if traceback := strings.Join(raised.Traceback, "\n"); traceback != raised.Value {
			section(&text, "traceback", traceback)
		}
	}
	section(&text, "stderr", e.Stderr)
	section(&text, "stdout", e.Stdout)
	section(&text, "the kernel's log", kernelLog(e.Cause))
	if strings.Contains(e.Cause.Error(), `go get": `) {
		section(&text, "hint", "GoNB asks the network for modules before it compiles; a first cell %noautoget\n"+
			"keeps it to those that the module named in the kernelspec's -go_work requires")
	}
	return strings.TrimRight(text.String(), "\n")
}

// kernelLog returns the end of the log of a kernel that died.
func kernelLog(cause error) string {
	var dead *jupyter.DeadError
	if errors.As(cause, &dead) {
		return dead.Log
	}
	return ""
}

// section adds the last lines of a text.
func section(text *strings.Builder, title, content string) {
	const most = 20
	lines := strings.Split(strings.Trim(withoutColour(content), "\n"), "\n")
	if strings.TrimSpace(content) == "" {
		return
	}
	if left := len(lines) - most; left > 0 {
		title += fmt.Sprintf(" (the last %d lines of %d)", most, len(lines))
		lines = lines[left:]
	}
	fmt.Fprintf(text, "\n%s:\n", title)
	for _, line := range lines {
		fmt.Fprintf(text, "  %s\n", line)
	}
}

// newCellError collects the details of a failed cell. The outputs must be up to date.
func newCellError(notebook string, index int, cell *nbformat.Cell, cause error) *CellError {
	failure := &CellError{Notebook: notebook, Cell: index + 1, Source: cell.Source, Cause: cause}
	if cell.ExecutionCount != nil {
		failure.Count = *cell.ExecutionCount
	}
	failure.Report, failure.Line = errorReport(cell)
	if command := (*CommandError)(nil); errors.As(cause, &command) {
		failure.Line = command.Line
	}
	for _, output := range cell.Outputs {
		if output.Type == nbformat.Stream && output.Name == "stderr" {
			failure.Stderr += output.Text
		} else if output.Type == nbformat.Stream {
			failure.Stdout += output.Text
		}
	}
	return failure
}

// noteInOutputs leaves word in the saved notebook of a failure that the kernel itself
// had no chance to report.
func noteInOutputs(cell *nbformat.Cell, cause error) {
	name := ""
	switch {
	case errors.As(cause, new(*jupyter.DeadError)):
		name = "KernelDied"
	case errors.As(cause, new(*TimeoutError)):
		name = "Timeout"
	case errors.As(cause, new(*jupyter.InputError)):
		name = "StdinNotImplementedError" // ipykernel's name for it
	case errors.As(cause, new(*jupyter.OutputHeldError)):
		name = "OutputHeld"
	case errors.As(cause, new(*jupyter.InterruptError)):
		name = "Interrupted"
	default:
		return
	}
	text := withoutColour(cause.Error())
	cell.Outputs = append(cell.Outputs, &nbformat.Output{
		Type: nbformat.ErrorOutput, EName: name, EValue: text, Traceback: []string{name + ": " + text},
	})
}
