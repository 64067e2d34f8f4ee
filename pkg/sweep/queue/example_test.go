package queue_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/gomlx/compute/gobackend"

	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// The key of a trial depends on its settings. A default that is written out changes nothing.
func ExampleKey() {
	key := func(e finetune.Experiment) string {
		k, err := queue.Key(e)
		if err != nil {
			log.Fatal(err)
		}
		return k
	}
	e := finetune.Experiment{Model: "lorabook-tiny", Adapter: lora.Config{R: 8, Alpha: 16}}
	written, other := e, e
	written.Seed = 1 // the default
	other.Adapter.R = 4
	fmt.Println(key(e) == key(written), key(e) == key(other))
	// Output:
	// true false
}

// A record changes by compare-and-set on its revision: of two workers that read the same record, one
// writes it. The server of this example is inside the process.
func ExampleQueue_Update() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := embeddednats.Start(dir, embeddednats.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	conn, err := natsconn.Connect(ctx, s.Server, "example")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	backend, err := gobackend.New("")
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	versions, err := queue.CurrentVersions(backend)
	if err != nil {
		log.Fatal(err)
	}
	q, err := queue.Create(ctx, conn, queue.Manifest{Format: queue.Format, Sweep: "letters", Versions: versions, Lease: time.Minute}, 1)
	if err != nil {
		log.Fatal(err)
	}

	if _, err := q.Add(ctx, queue.Record{Key: "a", State: queue.Waiting}); err != nil {
		log.Fatal(err)
	}
	first, revision, err := q.Trial(ctx, "a")
	if err != nil {
		log.Fatal(err)
	}
	second := *first
	first.Worker, second.Worker = "first", "second"
	if _, err := q.Update(ctx, first, revision); err != nil {
		log.Fatal(err)
	}
	_, err = q.Update(ctx, &second, revision)
	fmt.Println("the second changed it too late:", errors.Is(err, queue.ErrConflict))
	// Output:
	// the second changed it too late: true
}
