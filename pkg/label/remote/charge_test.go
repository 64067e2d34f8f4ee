package remote

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

// TestTakenOver continues a labelling with copies of its files, while the first process waits for
// blocks: the second one finishes it, and the first one says why it ended.
func TestTakenOver(t *testing.T) {
	s := newScene(t, data.SingleLabel, 30)
	s.pool.OnlyOthers = true
	ended := s.begin(t.Context())
	s.sent(t, 6)
	second, pool := *s, *s.pool
	pool.OnlyOthers = false
	second.options.Pool = &pool
	second.options.Output = filepath.Join(t.TempDir(), filepath.Base(s.options.Output))
	for _, suffix := range []string{".report.json", ".partial"} {
		toytest.WriteFile(t, second.options.Output+suffix, toytest.ReadFile(t, s.options.Output+suffix))
	}
	second.wantAlone(t)
	// The second one has deleted the labelling if the first one looks late.
	if err := <-ended; !errors.Is(err, errTakenOver) && (!errors.Is(err, natsconn.ErrGone) || !strings.Contains(err.Error(), "another process finished")) {
		t.Errorf("%v, expected that another process took the labelling over", err)
	}
}

// TestTakenOverAndSilent is the first process of a labelling that a second one only continues.
func TestTakenOverAndSilent(t *testing.T) {
	s := newScene(t, data.SingleLabel, 30)
	s.pool.OnlyOthers = true
	ended := s.begin(t.Context())
	j := s.sent(t, 6)
	f := &follower{job: j, pool: *s.pool}
	if err := f.resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := j.sendShard(t.Context(), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, errTakenOver) {
		t.Errorf("%v, expected that another process took the labelling over", err)
	}
	if n, err := j.waiting(t.Context()); err != nil || n != 1 {
		t.Errorf("%d shards of the second process are in the queue (%v), expected 1: the first one must leave them", n, err)
	}
}
