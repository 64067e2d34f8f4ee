package sweep

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/sweep/internal/embedded"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// BenchmarkOverhead is the cost of the queue for a trial without a training: record, message,
// delivery, claim, result and acknowledgement, on the embedded server.
func BenchmarkOverhead(b *testing.B) {
	own, err := embedded.Start(filepath.Join(b.TempDir(), "nats"), embedded.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer own.Close()
	ctx := b.Context()
	conn, err := queue.Connect(ctx, own.Server, "benchmark")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	versions, err := queue.CurrentVersions(testenv.GoBackend(b))
	if err != nil {
		b.Fatal(err)
	}
	q, err := conn.Create(ctx, queue.Manifest{Format: queue.Format, Sweep: "overhead", Versions: versions, Lease: time.Minute}, 1)
	if err != nil {
		b.Fatal(err)
	}
	number := 0
	for b.Loop() {
		key := strconv.Itoa(number)
		if _, err := q.Add(ctx, queue.Record{Key: key, Number: number, State: queue.Waiting, Experiment: []byte("{}")}); err != nil {
			b.Fatal(err)
		}
		if err := q.Publish(ctx, queue.Task{Trial: key}); err != nil {
			b.Fatal(err)
		}
		message, err := q.Next(ctx, time.Minute)
		if err != nil || message == nil {
			b.Fatalf("no message: %v", err)
		}
		for _, state := range []queue.State{queue.Running, queue.Done} {
			if _, err := q.Change(ctx, key, func(r *queue.Record) bool { r.State = state; return true }); err != nil {
				b.Fatal(err)
			}
		}
		if err := message.DoubleAck(ctx); err != nil {
			b.Fatal(err)
		}
		number++
	}
	if left, err := q.Messages(ctx); err != nil || left != 0 {
		b.Errorf("%d messages are left of %d, %v", left, number, err)
	}
}
