package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/natsretry"
)

// Poison describes a message that no worker can read.
type Poison struct {
	Message uint64 `json:"message"` // sequence number
	Worker  string `json:"worker"`
	Error   string `json:"error"`
}

var unplain = regexp.MustCompile(`[^A-Za-z0-9_=-]+`)

// Beat writes the sign of a worker. Its errors do not matter: the next one follows.
func (q *Queue) Beat(ctx context.Context, h Heartbeat) {
	h.Time = time.Now().UTC()
	if text, err := json.Marshal(h); err == nil {
		_, _ = natsretry.Once(ctx, func(ctx context.Context) (uint64, error) {
			return q.kv.Put(ctx, "worker."+unplain.ReplaceAllString(h.Worker, "-"), text)
		})
	}
}

// RecordPoison records a message that cannot be read.
func (q *Queue) RecordPoison(ctx context.Context, p Poison) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = natsretry.Do(ctx, func(ctx context.Context) (uint64, error) {
		return q.kv.Put(ctx, fmt.Sprintf("poison.%d", p.Message), text)
	})
	return err
}

// Event is a change in the key-value store. One field is set.
type Event struct {
	Trial  *Record
	Worker *Heartbeat
	Poison *Poison
}

// Watch sends all present values and all later changes until ctx ends. The channel is closed
// then, and where the connection is lost.
func (q *Queue) Watch(ctx context.Context) (<-chan Event, error) {
	watcher, err := q.kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil, natsretry.Classify(err)
	}
	events := make(chan Event)
	go func() {
		defer close(events)
		defer func() { _ = watcher.Stop() }()
		for {
			var entry jetstream.KeyValueEntry
			select {
			case <-ctx.Done():
				return
			case <-q.conn.Lost():
				return
			case e, open := <-watcher.Updates():
				if !open {
					return
				}
				if entry = e; entry == nil {
					continue // the present values end here
				}
			}
			if event, ok := eventOf(entry); ok {
				select {
				case events <- event:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return events, nil
}

// eventOf reads an entry; ok is false for other keys and for values that cannot be read.
func eventOf(entry jetstream.KeyValueEntry) (event Event, ok bool) {
	kind, _, _ := strings.Cut(entry.Key(), ".")
	var value any
	switch kind {
	case "trial":
		event.Trial = new(Record)
		value = event.Trial
	case "worker":
		event.Worker = new(Heartbeat)
		value = event.Worker
	case "poison":
		event.Poison = new(Poison)
		value = event.Poison
	default:
		return event, false
	}
	err := json.Unmarshal(entry.Value(), value)
	if event.Trial != nil {
		event.Trial.Revision = entry.Revision()
	}
	return event, err == nil
}
