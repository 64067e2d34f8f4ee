package safetensors

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/lfs"
)

// FormatError reports a malformed safetensors file, or tensors that cannot be written as one.
type FormatError struct {
	Path   string // the file
	Tensor string // the tensor at fault, empty when it is the file as a whole
	Reason string // the expected and the actual content, and the remedy
}

// Error implements error.
func (e *FormatError) Error() string {
	if e.Tensor == "" {
		return fmt.Sprintf("safetensors: %s: %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("safetensors: %s: tensor %q: %s", e.Path, e.Tensor, e.Reason)
}

// recognise returns the probable format of a file that is not a safetensors file, from its
// first bytes; empty if unknown. A well-formed file may start with the same byte as one of
// these, so this is used only after an error.
func recognise(start []byte) string {
	start = start[:min(len(start), 512)]
	switch {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return "this is a zip archive, as PyTorch's .bin and .pt files are, not safetensors: convert it with Python's safetensors.torch.save_file"
	case bytes.HasPrefix(start, []byte("\x80\x02")):
		return "this is a Python pickle, as old PyTorch checkpoints are, not safetensors: convert it with Python's safetensors.torch.save_file"
	case bytes.IndexByte(start[:min(len(start), lengthBytes)], 0) >= 0:
		return "" // a binary file: the following checks are for texts
	}
	if pointer := (*lfs.PointerError)(nil); errors.As(lfs.Check("", start), &pointer) {
		return pointer.Reason()
	}
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(start), "\ufeff")))
	switch {
	case strings.HasPrefix(text, "<!doctype"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<head"), strings.HasPrefix(text, "<?xml"):
		return "this is an HTML page, not weights: the download answered with a web page (a login, an error or a proxy); download the file again"
	case strings.HasPrefix(text, "{"):
		return "this is JSON text, not weights: an error message from the download, or the wrong file"
	}
	return ""
}
