package data

import (
	"context"
	"io"
)

// progressStep is the number of bytes between two reports: about 0.3 % of IMDB's archive.
const progressStep = 256 << 10

// meter counts and reports the bytes that are read, and ends the reading when its context
// ends.
type meter struct {
	ctx         context.Context
	report      func(done, total int64)
	done, total int64
	reported    int64
}

// newMeter counts up to total. report may be nil.
func newMeter(ctx context.Context, total int64, report func(done, total int64)) *meter {
	return &meter{ctx: ctx, report: report, total: total}
}

func (m *meter) add(n int64) {
	m.done += n
	if m.report != nil && (m.done-m.reported >= progressStep || m.done == m.total && m.reported < m.total) {
		m.reported = m.done
		m.report(m.done, m.total)
	}
}

func (m *meter) reader(r io.Reader) io.Reader { return &meteredReader{m, r} }

type meteredReader struct {
	*meter
	io.Reader
}

func (r *meteredReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.Reader.Read(p)
	r.add(int64(n))
	return n, err
}
