package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/natsretry"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

// Names on the server.
const (
	shardsPrefix  = "lorabook-shards-" // of the stream of shards, and of the object store
	blocksPrefix  = "lorabook-blocks-"
	workers       = "workers"      // consumer of the shards
	coordinator   = "coordinator-" // of the consumers of the blocks, one for each process
	shardsSubject = "lorabook.shards."
	blocksSubject = "lorabook.blocks."

	objectHeader = "Lorabook-Object" // name of the object with the payload
)

// blocksWait is the time after which a block that is not acknowledged is delivered again: a block waits
// for those before it.
const blocksWait = 10 * time.Minute

// job is a labelling on a server.
type job struct {
	conn     *natsconn.Conn
	manifest manifest
	inline   int64 // size of the largest payload in a message
	shards   jetstream.Stream
	blocks   jetstream.Stream
	queue    jetstream.Consumer // of the shards
}

// create opens the labelling of a manifest, which it makes if it does not exist. One that was begun
// with another program or model is a *MismatchError.
func create(ctx context.Context, conn *natsconn.Conn, m manifest, replicas int) (*job, error) {
	js := conn.JetStream()
	old, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.Stream, error) { return js.Stream(ctx, shardsPrefix+m.Job) })
	if err == nil {
		held, err := read(m.Job, old.CachedInfo().Config.Metadata)
		if err != nil {
			return nil, err
		}
		if err := held.check(m); err != nil {
			return nil, err
		}
	} else if !errors.Is(err, natsconn.ErrGone) {
		return nil, err
	}
	metadata, err := m.metadata()
	if err != nil {
		return nil, err
	}
	for _, c := range []jetstream.StreamConfig{
		{Name: blocksPrefix + m.Job, Description: "lorabook: blocks of a labelling", Subjects: []string{blocksSubject + m.Job}},
		{Name: shardsPrefix + m.Job, Description: "lorabook: shards of a labelling", Subjects: []string{shardsSubject + m.Job}, Metadata: metadata},
	} {
		c.Retention, c.Storage, c.Replicas = jetstream.WorkQueuePolicy, jetstream.FileStorage, replicas
		if _, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.Stream, error) { return js.CreateOrUpdateStream(ctx, c) }); err != nil {
			return nil, err
		}
	}
	if _, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.Consumer, error) {
		return js.CreateOrUpdateConsumer(ctx, shardsPrefix+m.Job, jetstream.ConsumerConfig{
			Durable: workers, AckPolicy: jetstream.AckExplicitPolicy, AckWait: m.Lease, MaxDeliver: -1, MaxAckPending: -1,
		})
	}); err != nil {
		return nil, err
	}
	return open(ctx, conn, m.Job)
}

// open opens a labelling on the server. The error matches natsconn.ErrGone if there is none.
func open(ctx context.Context, conn *natsconn.Conn, id string) (_ *job, err error) {
	// The server counts the headers and the subject too.
	j, js := &job{conn: conn, inline: conn.MaxPayload() / 2}, conn.JetStream()
	if j.shards, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.Stream, error) { return js.Stream(ctx, shardsPrefix+id) }); err != nil {
		return nil, err
	}
	if j.manifest, err = read(id, j.shards.CachedInfo().Config.Metadata); err != nil {
		return nil, err
	}
	if j.manifest.Format != format {
		return j, nil
	}
	if j.blocks, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.Stream, error) { return js.Stream(ctx, blocksPrefix+id) }); err != nil {
		return nil, err
	}
	j.queue, err = natsretry.Do(ctx, func(ctx context.Context) (jetstream.Consumer, error) { return j.shards.Consumer(ctx, workers) })
	return j, err
}

// jobs returns the ids of the labellings on the server, sorted.
func jobs(ctx context.Context, conn *natsconn.Conn) ([]string, error) {
	return natsretry.Names(ctx, conn.JetStream(), shardsSubject+"*", shardsPrefix)
}

// present returns an error that matches natsconn.ErrGone if the labelling is not on the server any more.
func (j *job) present(ctx context.Context) error {
	_, err := j.waiting(ctx)
	return err
}

// waiting returns the number of shards in the queue, those that workers have included.
func (j *job) waiting(ctx context.Context) (uint64, error) {
	return natsretry.Messages(ctx, j.shards)
}

// delete deletes the labelling from the server.
func (j *job) delete(ctx context.Context) error {
	id, js := j.manifest.Job, j.conn.JetStream()
	return natsretry.DeleteAll(ctx, // the shards first: workers then find no more work
		func(ctx context.Context) error { return js.DeleteStream(ctx, shardsPrefix+id) },
		func(ctx context.Context) error { return js.DeleteStream(ctx, blocksPrefix+id) },
		func(ctx context.Context) error { return js.DeleteObjectStore(ctx, shardsPrefix+id) },
	)
}

// message returns a message with a payload, which it stores as an object if it is large.
func (j *job) message(ctx context.Context, subject string, payload []byte) (*nats.Msg, error) {
	m := &nats.Msg{Subject: subject + j.manifest.Job, Data: payload}
	if int64(len(payload)) <= j.inline {
		return m, nil
	}
	store, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.ObjectStore, error) {
		return j.conn.JetStream().CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: shardsPrefix + j.manifest.Job, Description: "lorabook: large shards and blocks of a labelling", Replicas: j.shards.CachedInfo().Config.Replicas,
		})
	})
	if err != nil {
		return nil, err
	}
	name := uuid.NewString()
	m.Data, m.Header = nil, nats.Header{objectHeader: {name}}
	_, err = natsretry.Transfer(ctx, int64(len(payload)), func(ctx context.Context) (*jetstream.ObjectInfo, error) { return store.PutBytes(ctx, name, payload) })
	return m, err
}

// sendShard puts a payload into the queue of shards and returns the name of its object, if it has one.
func (j *job) sendShard(ctx context.Context, payload []byte) (object string, err error) {
	m, err := j.message(ctx, shardsSubject, payload)
	if err != nil {
		return "", err
	}
	return m.Header.Get(objectHeader), j.conn.Publish(ctx, shardsPrefix+j.manifest.Job, m)
}

// sendResult sends what a worker has to say.
func (j *job) sendResult(ctx context.Context, r result, lines []byte) error {
	r.Format, r.Attempt = format, uuid.NewString()
	payload, err := pack(r, lines)
	if err != nil {
		return err
	}
	m, err := j.message(ctx, blocksSubject, payload)
	if err != nil {
		return err
	}
	return j.conn.Publish(ctx, blocksPrefix+j.manifest.Job, m)
}

// payload returns the payload of a message.
func (j *job) payload(ctx context.Context, m jetstream.Msg) ([]byte, error) {
	name := m.Headers().Get(objectHeader)
	if name == "" {
		return m.Data(), nil
	}
	content, err := natsretry.Transfer(ctx, j.inline, func(ctx context.Context) ([]byte, error) {
		store, err := j.conn.JetStream().ObjectStore(ctx, shardsPrefix+j.manifest.Job)
		if err != nil {
			return nil, err
		}
		return store.GetBytes(ctx, name)
	})
	if errors.Is(err, natsconn.ErrGone) { // the objects, and perhaps the labelling
		if gone := j.present(ctx); gone != nil {
			return nil, gone
		}
		return nil, fmt.Errorf("its object %s is not on the server", name)
	}
	return content, err
}

// remove deletes the object of a message, if it has one. What remains is deleted with the labelling.
func (j *job) remove(ctx context.Context, object string) {
	if object == "" {
		return
	}
	_, _ = natsretry.Once(ctx, func(ctx context.Context) (any, error) {
		store, err := j.conn.JetStream().ObjectStore(ctx, shardsPrefix+j.manifest.Job)
		if err != nil {
			return nil, err
		}
		return nil, store.Delete(ctx, object)
	})
}

// rows names the texts of a shard for messages.
func rows(number, first, last int) string {
	return fmt.Sprintf("shard %d (texts %d to %d)", number, first, last)
}
