package bert

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/tfcheckpoint"
)

// withRemedy adds to an error about a damaged file of weights how to replace the file. A file
// in the hub's cache is downloaded again after it is deleted.
func withRemedy(err error) error {
	var path string
	var st *safetensors.FormatError
	var tf *tfcheckpoint.FormatError
	switch {
	case errors.As(err, &st):
		path = st.Path
	case errors.As(err, &tf):
		path = tf.Path
	default:
		return err
	}
	if within, relErr := filepath.Rel(hub.CacheDir(), path); relErr == nil && filepath.IsLocal(within) {
		blob := path
		if target, linkErr := filepath.EvalSymlinks(path); linkErr == nil {
			blob = target
		}
		return fmt.Errorf("bert: %w; delete %s, and the next call downloads it again", err, blob)
	}
	if strings.Contains(err.Error(), "truncated") || strings.Contains(err.Error(), "damaged") {
		return fmt.Errorf("bert: %w; copy the file again from its source", err)
	}
	return fmt.Errorf("bert: %w", err)
}
