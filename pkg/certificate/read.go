package certificate

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

const remedy = "restore a copy; go run ./kernel certify RUN writes a new certificate, which certifies the files as they are now"

// maxBytes is the largest size of a certificate. That of a run with a model of a thousand files has
// less than 1 MB.
const maxBytes = 16 << 20

// digestForm is the form of a digest.
var digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// Read reads a certificate.json strictly, and returns the SHA-256 digest of its bytes. A damaged one,
// one with unknown fields and one that names files outside of the run folder are a
// *[runfolder.DamagedError]; for a missing one the error matches fs.ErrNotExist.
func Read(path string) (*Certificate, string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", fmt.Errorf("certificate: %w", err)
	}
	damaged := func(format string, args ...any) error {
		return &runfolder.DamagedError{File: path, Err: fmt.Errorf(format, args...), Remedy: remedy}
	}
	if !info.Mode().IsRegular() || info.Size() > maxBytes {
		return nil, "", damaged("found %v of %d bytes, expected a file of at most %d bytes", info.Mode().Type(), info.Size(), maxBytes)
	}
	var head struct {
		Format int `json:"format"`
	}
	var c Certificate
	err = runfolder.ReadJSON(path, &c, remedy)
	if err != nil {
		// A later format has other fields: its number says more than the first of them.
		if runfolder.ReadFields(path, &head) == nil && head.Format > format {
			return nil, "", fmt.Errorf("certificate: %s has the format %d of a later version of lorabook, expected at most %d: verify it with that version", path, head.Format, format)
		}
		return nil, "", err
	}
	if err := c.check(); err != nil {
		return nil, "", damaged("%w", err)
	}
	sum, err := digest.File(path)
	return &c, sum, err
}

// check refuses a certificate without a part of its content.
func (c *Certificate) check() error {
	if c.Format != format {
		return fmt.Errorf("format is %d, expected %d", c.Format, format)
	}
	if len(c.Experiment) == 0 || !bytes.HasPrefix(bytes.TrimSpace(c.Experiment), []byte("{")) {
		return errors.New("experiment is missing, expected the configuration of the run")
	}
	for _, name := range []string{"data", "model"} {
		if len(c.Inputs[name]) == 0 {
			return fmt.Errorf("inputs.%s is missing, expected digests", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Inputs)) {
		for _, part := range slices.Sorted(maps.Keys(c.Inputs[name])) {
			if d := c.Inputs[name][part]; !digestForm.MatchString(d) {
				return fmt.Errorf("inputs.%s.%s is %q, expected sha256: and 64 hexadecimal digits", name, part, d)
			}
		}
	}
	for _, s := range []struct {
		name string
		Split
	}{{"train", c.Splits.Train}, {"validation", c.Splits.Validation}, {"test", c.Splits.Test}} {
		if !digestForm.MatchString(s.Digest) || s.Examples < 0 {
			return fmt.Errorf("splits.%s is %+v, expected a number of examples and a digest", s.name, s.Split)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		if meaningOf(name) == "" {
			return fmt.Errorf("files has %q, expected the path of a result within the run folder", name)
		}
		if d := c.Files[name]; !digestForm.MatchString(d) {
			return fmt.Errorf("files[%q] is %q, expected sha256: and 64 hexadecimal digits", name, d)
		}
	}
	for _, name := range required {
		if c.Files[name] == "" {
			return fmt.Errorf("files has no %s, expected the digest of every result", name)
		}
	}
	return nil
}
