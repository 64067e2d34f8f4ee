package tfcheckpoint

import "fmt"

// FormatError reports a damaged file of a checkpoint, or a tensor of an unsupported kind.
type FormatError struct {
	Path   string // the file
	Tensor string // the tensor at fault, empty when it is the file as a whole
	Reason string // the expected and the actual content, and the remedy
}

// Error implements error.
func (e *FormatError) Error() string {
	if e.Tensor == "" {
		return fmt.Sprintf("tfcheckpoint: %s: %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("tfcheckpoint: %s: tensor %q: %s", e.Path, e.Tensor, e.Reason)
}
