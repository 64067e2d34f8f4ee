package remote

import (
	"context"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

// BenchmarkOverhead is the cost of the queue for a shard of 256 texts of 1,300 bytes without its
// labelling: packing, message, delivery, block and acknowledgements, on the embedded server.
func BenchmarkOverhead(b *testing.B) {
	conn, err := natsconn.Connect(b.Context(), server(b), "benchmark")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	j, err := create(b.Context(), conn, manifest{Format: format, Job: "overhead", Lease: time.Minute}, 1)
	if err != nil {
		b.Fatal(err)
	}
	f := &follower{job: j, write: func(label.Block) error { return nil }, sent: map[int]*sent{}, ready: map[int]*ready{}, workers: map[string]bool{}}
	if err := f.resume(b.Context()); err != nil {
		b.Fatal(err)
	}
	l := &labeller{job: j}
	shard, lines := benchShard()
	var bytes int
	for b.Loop() {
		if err := f.send(b.Context(), shard); err != nil {
			b.Fatal(err)
		}
		m, err := conn.Fetch(b.Context(), j.queue, time.Minute, j.present)
		if err != nil || m == nil {
			b.Fatalf("no shard: %v", err)
		}
		bytes = len(m.Data())
		s, sum, err := l.shard(b.Context(), m)
		if err != nil {
			b.Fatal(err)
		}
		if err := l.sendResult(b.Context(), result{Shard: s.Number, Digest: sum, Worker: "w"}, lines); err != nil {
			b.Fatal(err)
		}
		if err := m.DoubleAck(b.Context()); err != nil {
			b.Fatal(err)
		}
		if m, err = conn.Fetch(b.Context(), f.results, time.Minute, j.present); err != nil || m == nil {
			b.Fatalf("no block: %v", err)
		}
		r, ok := f.read(b.Context(), m)
		if !ok {
			b.Fatal("the block cannot be read")
		}
		if err := f.take(b.Context(), r); err != nil {
			b.Fatal(err)
		}
		if err := f.writeReady(b.Context()); err != nil {
			b.Fatal(err)
		}
		shard.Number++
	}
	b.ReportMetric(float64(bytes), "bytes/shard")
	if left, err := j.waiting(b.Context()); err != nil || left != 0 {
		b.Errorf("%d shards are left, %v", left, err)
	}
}

// benchShard returns a shard of random words and lines of answers.
func benchShard() (label.Shard, []byte) {
	var shard label.Shard
	var lines []byte
	for i := range 256 {
		shard.Texts = append(shard.Texts, label.Text{Row: i + 1, Text: sentence(i, 1300)})
		lines = append(lines, `{"row":1,"label":"good","probability":0.98765432101234567}`+"\n"...)
	}
	return shard, lines
}

// sentence returns words of a Zipf distribution, which compress about as texts do.
func sentence(seed, bytes int) string {
	rng := rand.New(rand.NewPCG(uint64(seed), 1))
	words := rand.NewZipf(rng, 1.1, 5, 20_000)
	var text []byte
	for len(text) < bytes {
		for n := words.Uint64(); ; n /= 26 {
			text = append(text, byte('a'+n%26))
			if n < 26 {
				break
			}
		}
		text = append(text, ' ')
	}
	return string(text[:bytes])
}

// packing is a pool that does what the coordinator does with a shard and its block, without a server.
type packing struct {
	b     *testing.B
	lines []byte
}

func (p packing) Label(ctx context.Context, job label.Job, shards iter.Seq2[label.Shard, error], write func(label.Block) error) error {
	for s, err := range shards {
		if err != nil {
			return err
		}
		text, sum, err := encoded(s)
		if err != nil {
			return err
		}
		if _, err := packText(text, nil); err != nil {
			return err
		}
		p.b.StopTimer() // the worker's part
		payload, err := pack(result{Format: format, Shard: s.Number, Digest: sum, Counts: label.Counts{Texts: len(s.Texts)}}, p.lines)
		p.b.StartTimer()
		if err != nil {
			return err
		}
		var r result
		lines, err := unpack(payload, &r)
		if err != nil {
			return err
		}
		if err := write(label.Block{Shard: r.Shard, Lines: lines, Counts: r.Counts}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// BenchmarkCoordinator is the coordinator's cost of a shard without its messages: reading JSON Lines,
// digests, packing, unpacking and writing, one after the other.
func BenchmarkCoordinator(b *testing.B) {
	s := newScene(b, data.SingleLabel, 1)
	shard, lines := benchShard()
	s.options.Pool, s.options.ShardTexts = packing{b, lines}, len(shard.Texts)
	var in strings.Builder
	const shards = 20
	for range shards {
		for _, t := range shard.Texts {
			in.WriteString(`{"text":"` + t.Text + "\"}\n")
		}
	}
	toytest.WriteFile(b, s.options.Inputs[0], in.String())
	for b.Loop() {
		b.StopTimer()
		s.options.Output = filepath.Join(b.TempDir(), "out.jsonl")
		b.StartTimer()
		if _, err := label.Run(b.Context(), s.classifier, s.options); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/shards, "µs/shard")
}
