package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// printJSON writes v as indented JSON.
func printJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// continues adds to the error of a command that a signal stopped that the same command continues.
func continues(err error) error {
	if errors.As(err, new(signalError)) {
		return fmt.Errorf("%w; the same command continues", err)
	}
	return err
}
