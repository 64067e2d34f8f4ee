// Package bytecount counts the bytes of a copy, for progress reports and cancellation.
package bytecount

import "context"

// Counter counts the bytes written to it, and ends a copy when its context does.
type Counter struct {
	Ctx         context.Context
	done, Total int64
	Report      func(done, total int64)
}

func (c *Counter) Write(p []byte) (int, error) {
	if err := c.Ctx.Err(); err != nil {
		return 0, err
	}
	c.done += int64(len(p))
	if c.Report != nil {
		c.Report(c.done, c.Total)
	}
	return len(p), nil
}
