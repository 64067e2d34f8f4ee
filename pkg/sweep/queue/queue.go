package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/natsretry"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

const (
	prefix   = "lorabook-"
	consumer = "workers"
	manifest = "manifest"
)

// Queue is a sweep on a server.
type Queue struct {
	conn     *natsconn.Conn
	id       string
	stream   jetstream.Stream
	consumer jetstream.Consumer
	kv       jetstream.KeyValue
	files    jetstream.ObjectStore
}

// Create opens the sweep of a manifest, which it makes if it does not exist. replicas is the
// number of servers that keep it. An existing sweep with another plan or other versions is an
// error.
func Create(ctx context.Context, c *natsconn.Conn, m Manifest, replicas int) (*Queue, error) {
	if err := c.Check(ctx); err != nil {
		return nil, err
	}
	name := prefix + m.Sweep
	_, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.KeyValue, error) {
		return c.JetStream().CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: name, Description: "lorabook: records of a sweep", Replicas: replicas})
	})
	if err != nil {
		return nil, err
	}
	if _, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.ObjectStore, error) {
		return c.JetStream().CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: name, Description: "lorabook: checkpoints and results of a sweep", Replicas: replicas})
	}); err != nil {
		return nil, err
	}
	stream, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.Stream, error) {
		return c.JetStream().CreateOrUpdateStream(ctx, jetstream.StreamConfig{
			Name: name, Description: "lorabook: trials of a sweep", Subjects: []string{subject(m.Sweep)},
			Retention: jetstream.WorkQueuePolicy, Storage: jetstream.FileStorage, Replicas: replicas,
		})
	})
	if err != nil {
		return nil, err
	}
	if _, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.Consumer, error) {
		return stream.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
			Durable: consumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: m.Lease, MaxDeliver: -1, MaxAckPending: -1,
		})
	}); err != nil {
		return nil, err
	}
	q, err := open(ctx, c, m.Sweep)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if _, err := natsretry.Do(ctx, func(ctx context.Context) (uint64, error) { return q.kv.Create(ctx, manifest, text) }); err == nil {
		return q, nil
	} else if !errors.Is(err, jetstream.ErrKeyExists) {
		return nil, err
	}
	old, err := q.manifest(ctx)
	if err != nil {
		return nil, err
	}
	return q, old.Check(m.Versions)
}

// subject is the subject of a sweep's messages.
func subject(id string) string { return "lorabook.trials." + id }

// Open opens a sweep on the server. The error matches [natsconn.ErrGone] if there is none.
func Open(ctx context.Context, c *natsconn.Conn, id string) (*Queue, Manifest, error) {
	if err := c.Check(ctx); err != nil {
		return nil, Manifest{}, err
	}
	q, err := open(ctx, c, id)
	if err != nil {
		return nil, Manifest{}, err
	}
	m, err := q.manifest(ctx)
	return q, m, err
}

func open(ctx context.Context, c *natsconn.Conn, id string) (_ *Queue, err error) {
	q, name := &Queue{conn: c, id: id}, prefix+id
	if q.kv, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.KeyValue, error) { return c.JetStream().KeyValue(ctx, name) }); err != nil {
		return nil, err
	}
	if q.files, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.ObjectStore, error) { return c.JetStream().ObjectStore(ctx, name) }); err != nil {
		return nil, err
	}
	if q.stream, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.Stream, error) { return c.JetStream().Stream(ctx, name) }); err != nil {
		return nil, err
	}
	q.consumer, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.Consumer, error) { return q.stream.Consumer(ctx, consumer) })
	return q, err
}

func (q *Queue) manifest(ctx context.Context) (m Manifest, err error) {
	entry, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.KeyValueEntry, error) { return q.kv.Get(ctx, manifest) })
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return m, fmt.Errorf("%w: its manifest is missing", natsconn.ErrGone)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(entry.Value(), &m); err != nil {
		return m, fmt.Errorf("sweep %s: its manifest cannot be read: %w", q.id, err)
	}
	return m, nil
}

// Sweeps returns the ids of the sweeps on the server, sorted.
func Sweeps(ctx context.Context, c *natsconn.Conn) ([]string, error) {
	if err := c.Check(ctx); err != nil {
		return nil, err
	}
	return natsretry.Names(ctx, c.JetStream(), subject("*"), prefix)
}

// Delete deletes the sweep from the server.
func (q *Queue) Delete(ctx context.Context) error {
	name, js := prefix+q.id, q.conn.JetStream()
	return natsretry.DeleteAll(ctx, // the queue first: workers then find no more work
		func(ctx context.Context) error { return js.DeleteStream(ctx, name) },
		func(ctx context.Context) error { return js.DeleteObjectStore(ctx, name) },
		func(ctx context.Context) error { return js.DeleteKeyValue(ctx, name) },
	)
}

// Publish adds a task to the queue.
func (q *Queue) Publish(ctx context.Context, t Task) error {
	t.Format = Format
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return q.PublishRaw(ctx, text)
}

// PublishRaw adds a message to the queue, whatever its content.
func (q *Queue) PublishRaw(ctx context.Context, message []byte) error {
	return q.conn.Publish(ctx, prefix+q.id, &nats.Msg{Subject: subject(q.id), Data: message})
}

// Next returns the next message of the queue; nil if there was none for wait.
func (q *Queue) Next(ctx context.Context, wait time.Duration) (jetstream.Msg, error) {
	return q.conn.Fetch(ctx, q.consumer, wait, func(ctx context.Context) error {
		_, err := q.manifest(ctx)
		return err
	})
}

// trialKey is the key of a trial's record.
func trialKey(key string) string { return "trial." + key }

// ErrConflict is the error of Update for a record that changed meanwhile.
var ErrConflict = errors.New("the record changed meanwhile")

// orGone replaces the error of a request that nobody answers, if the records are not on the server: it can
// also be that of a leader that starts again.
func (q *Queue) orGone(ctx context.Context, err error) error {
	if errors.Is(err, nats.ErrNoResponders) {
		if _, gone := q.conn.JetStream().KeyValue(ctx, prefix+q.id); errors.Is(gone, jetstream.ErrBucketNotFound) {
			return gone
		}
	}
	return err
}

// Trial returns the record of a trial and its revision.
func (q *Queue) Trial(ctx context.Context, key string) (*Record, uint64, error) {
	entry, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.KeyValueEntry, error) {
		entry, err := q.kv.Get(ctx, trialKey(key))
		return entry, q.orGone(ctx, err)
	})
	if err != nil {
		return nil, 0, err
	}
	r := new(Record)
	if err := json.Unmarshal(entry.Value(), r); err != nil {
		return nil, 0, fmt.Errorf("trial %s: its record cannot be read: %w", key, err)
	}
	r.Revision = entry.Revision()
	return r, entry.Revision(), nil
}

// Add writes the record of a new trial. An existing record stays, and is returned.
func (q *Queue) Add(ctx context.Context, r Record) (*Record, error) {
	r.Write = uuid.NewString()
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	r.Revision, err = natsretry.Do(ctx, func(ctx context.Context) (uint64, error) { return q.kv.Create(ctx, trialKey(r.Key), text) })
	if errors.Is(err, jetstream.ErrKeyExists) {
		held, _, err := q.Trial(ctx, r.Key)
		return held, err
	}
	return &r, err
}

// Update replaces a record that still has the revision. Otherwise it returns [ErrConflict].
func (q *Queue) Update(ctx context.Context, r *Record, revision uint64) (uint64, error) {
	r.Write = uuid.NewString()
	text, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	next, err := natsretry.Do(ctx, func(ctx context.Context) (uint64, error) { return q.kv.Update(ctx, trialKey(r.Key), text, revision) })
	if err == nil {
		r.Revision = next
		return next, nil
	}
	var api *jetstream.APIError
	if !errors.As(err, &api) || api.ErrorCode != jetstream.JSErrCodeStreamWrongLastSequence && api.ErrorCode != jetstream.JSErrCodeStreamWrongLastSequenceConstant {
		return 0, err
	}
	// The answer to an earlier attempt may be lost.
	held, at, readErr := q.Trial(ctx, r.Key)
	if readErr != nil {
		return 0, readErr
	}
	if held.Write == r.Write {
		r.Revision = at
		return at, nil
	}
	return 0, ErrConflict
}

// Change reads a record, lets change modify it and writes it, until no other process has changed
// it in between. change returns false to leave the record as it is.
func (q *Queue) Change(ctx context.Context, key string, change func(*Record) bool) (*Record, error) {
	for {
		r, revision, err := q.Trial(ctx, key)
		if err != nil || !change(r) {
			return r, err
		}
		if _, err = q.Update(ctx, r, revision); !errors.Is(err, ErrConflict) {
			return r, err
		}
	}
}

// Trials returns all records, in the order of their numbers.
func (q *Queue) Trials(ctx context.Context) ([]*Record, error) {
	keys, err := natsretry.Do(ctx, func(ctx context.Context) (keys []string, err error) {
		list, err := q.kv.ListKeysFiltered(ctx, "trial.*")
		if err != nil {
			return nil, err
		}
		for key := range list.Keys() {
			keys = append(keys, strings.TrimPrefix(key, "trial."))
		}
		return keys, nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	var records []*Record
	for _, key := range slices.Compact(keys) {
		r, _, err := q.Trial(ctx, key)
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b *Record) int { return a.Number - b.Number })
	return records, nil
}

// Messages returns the number of messages in the queue, those that workers have included.
func (q *Queue) Messages(ctx context.Context) (uint64, error) {
	return natsretry.Messages(ctx, q.stream)
}
