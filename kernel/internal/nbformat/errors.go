package nbformat

import "fmt"

// Error says why something is not a notebook of format 4.
type Error struct {
	// File is the file's path; empty if the notebook did not come from a file.
	File string
	// Path is the place in the JSON document, as in "cells[3].outputs[0].text"; empty for the whole.
	Path string
	// Problem says what was expected and what was found there.
	Problem string
}

func (e *Error) Error() string {
	text := "this is not a notebook: "
	if e.File != "" {
		text = e.File + ": " + text
	}
	if e.Path != "" {
		text += "at " + e.Path + ": "
	}
	return text + e.Problem
}

func problem(path, format string, args ...any) *Error {
	return &Error{Path: path, Problem: fmt.Sprintf(format, args...)}
}
