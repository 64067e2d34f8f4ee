package queue

import "time"

// memory is the time after which measurements count half.
const memory = 10 * time.Second

// throughput measures the tokens that the items of batches take in the time in which at least one is
// being computed.
type throughput struct {
	running int // batches
	since   time.Time
	busy    time.Duration
	tokens  float64
}

func (t *throughput) begin(now time.Time) {
	t.pass(now)
	t.running++
}

func (t *throughput) end(now time.Time, tokens int) {
	t.pass(now)
	t.running--
	t.tokens += float64(tokens)
	for t.busy > memory {
		t.busy, t.tokens = t.busy/2, t.tokens/2
	}
}

// pass counts the time since the last change.
func (t *throughput) pass(now time.Time) {
	if t.running > 0 {
		t.busy += now.Sub(t.since)
	}
	t.since = now
}

// duration returns the time for tokens; 0 if nothing was measured.
func (t *throughput) duration(tokens int) time.Duration {
	if t.tokens == 0 {
		return 0
	}
	return time.Duration(float64(t.busy) * float64(tokens) / t.tokens)
}
