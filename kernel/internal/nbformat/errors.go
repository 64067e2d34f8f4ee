package nbformat

import "fmt"

// Error reports why a file is not a notebook of format 4.
type Error struct {
	// File is the file's path; empty if the notebook did not come from a file.
	File string
	// Path is the place in the JSON document, as in "cells[3].outputs[0].text"; empty for the whole.
	Path string
	// Reason states the expected and the actual content.
	Reason string
}

// Error implements error.
func (e *Error) Error() string {
	text := "this is not a notebook: "
	if e.File != "" {
		text = e.File + ": " + text
	}
	if e.Path != "" {
		text += "at " + e.Path + ": "
	}
	return text + e.Reason
}

func problem(path, format string, args ...any) *Error {
	return &Error{Path: path, Reason: fmt.Sprintf(format, args...)}
}
