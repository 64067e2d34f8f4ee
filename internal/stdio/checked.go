package stdio

import (
	"fmt"
	"os"
)

// Checked is a stream that remembers the first write that failed. The functions of package fmt return
// such an error and most callers drop it, so that a program whose output a full disk did not take would
// end with exit status 0.
type Checked struct {
	*os.File
	err error
}

// Write implements io.Writer.
func (c *Checked) Write(text []byte) (int, error) {
	n, err := c.File.Write(text)
	if err != nil && c.err == nil {
		c.err = err
	}
	return n, err
}

// Err returns the first error of a write, as one of the program's output; nil if all was written.
func (c *Checked) Err() error {
	if c.err == nil {
		return nil
	}
	return fmt.Errorf("the output is incomplete: %w", c.err)
}
