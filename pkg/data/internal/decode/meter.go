package decode

import (
	"context"
	"io"
)

// progressStep is the number of bytes between two reports: about 0.3 % of IMDB's archive.
const progressStep = 256 << 10

// Meter counts and reports the bytes that are read, and ends the reading when its context
// ends.
type Meter struct {
	Ctx         context.Context // ends the reading
	report      func(done, total int64)
	Done, total int64
	reported    int64
}

// NewMeter counts up to total. report may be nil.
func NewMeter(ctx context.Context, total int64, report func(done, total int64)) *Meter {
	return &Meter{Ctx: ctx, report: report, total: total}
}

// Add counts n further bytes.
func (m *Meter) Add(n int64) {
	m.Done += n
	if m.report != nil && (m.Done-m.reported >= progressStep || m.Done == m.total && m.reported < m.total) {
		m.reported = m.Done
		m.report(m.Done, m.total)
	}
}

// Reader counts the bytes that are read from r. Its error is that of Ctx where Ctx ends.
func (m *Meter) Reader(r io.Reader) io.Reader { return &meteredReader{m, r} }

type meteredReader struct {
	*Meter
	io.Reader
}

func (r *meteredReader) Read(p []byte) (int, error) {
	if err := r.Ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(p)
	r.Add(int64(n))
	return n, err
}
