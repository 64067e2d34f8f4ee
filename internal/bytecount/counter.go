// Package bytecount counts the bytes of a copy, for progress reports and cancellation.
package bytecount

import "context"

// Counter is a writer that counts the bytes written to it. Write fails once the context
// ends, which ends a copy to the counter.
type Counter struct {
	Ctx    context.Context
	Total  int64                   // bytes expected
	Report func(done, total int64) // called after each write, unless nil

	done int64
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
