package sweep

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// BenchmarkOverhead is the cost of the queue for a trial without a training: record, message,
// delivery, claim, result and acknowledgement, on the embedded server.
func BenchmarkOverhead(b *testing.B) {
	own, err := embeddednats.Start(filepath.Join(b.TempDir(), "nats"), embeddednats.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer own.Close()
	ctx := b.Context()
	conn, err := natsconn.Connect(ctx, own.Server, "benchmark")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	versions, err := queue.CurrentVersions(testenv.GoBackend(b))
	if err != nil {
		b.Fatal(err)
	}
	q, err := queue.Create(ctx, conn, queue.Manifest{Format: queue.Format, Sweep: "overhead", Versions: versions, Lease: time.Minute}, 1)
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

// BenchmarkFolder stores a run folder with a checkpoint of 3.5 MB on the embedded server, and gets it.
func BenchmarkFolder(b *testing.B) {
	own, err := embeddednats.Start(filepath.Join(b.TempDir(), "nats"), embeddednats.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer own.Close()
	conn, err := natsconn.Connect(b.Context(), own.Server, "benchmark")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	q, err := queue.Create(b.Context(), conn, queue.Manifest{Format: queue.Format, Sweep: "folder", Lease: time.Minute}, 1)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	content := make([]byte, 3_500_000)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range content {
		content[i] = byte(rng.Uint32())
	}
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), content, 0o644); err != nil {
		b.Fatal(err)
	}
	b.Run("put", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			if err := q.PutFolder(b.Context(), "folder", dir); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("get", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		got := b.TempDir()
		if err := q.PutFolder(b.Context(), "folder", dir); err != nil {
			b.Fatal(err)
		}
		for i := 0; b.Loop(); i++ {
			if err := q.GetFolder(b.Context(), "folder", filepath.Join(got, strconv.Itoa(i))); err != nil {
				b.Fatal(err)
			}
		}
	})
}
