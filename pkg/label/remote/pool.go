package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/lorabook/lorabook/internal/ahead"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Pool labels shards on the machines whose workers ([Run]) are connected to a server. It implements
// label.Pool.
type Pool struct {
	Server natsconn.Server
	// Source is the model as the workers open it: they need its files under the same names.
	Source Source
	// Replicas is the number of servers of a cluster that keep each shard; default 1.
	Replicas int
	// Lease is the time after which a shard without a sign of its worker is delivered to another one;
	// default 30 s. A worker gives a sign four times in it.
	Lease time.Duration
	// OnlyOthers leaves the labelling to other processes. Default false: this process labels too.
	OnlyOthers bool
	Progress   progress.Progress // shows notes; default progress.Nop

	check  time.Duration // between two looks for lost shards, for tests
	inline int64         // size of the largest payload in a message, for tests
}

var _ label.Pool = (*Pool)(nil)

// Shards on the server at once: some for each worker, so that none waits while the coordinator reads and
// writes, and so that a slow one stops nobody for long.
const (
	fewestAhead    = 64
	aheadPerWorker = 4
)

// complete checks the options and returns them with defaults.
func (p *Pool) complete() (Pool, error) {
	if p == nil {
		return Pool{}, errors.New("remote: the pool is nil")
	}
	o := *p
	if o.Progress == nil {
		o.Progress = progress.Nop
	}
	if o.Lease == 0 {
		o.Lease = 30 * time.Second
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.check == 0 {
		o.check = 5 * time.Second
	}
	switch {
	case o.Lease < time.Second:
		return o, fmt.Errorf("remote: Lease is %v, expected at least 1s", o.Lease)
	case o.Replicas < 1 || o.Replicas > 5:
		return o, fmt.Errorf("remote: Replicas is %d, expected 1 to 5", o.Replicas)
	case o.Source.Model == "" && o.Source.Adapter == "":
		return o, errors.New("remote: Source is empty, expected the model as the workers open it")
	}
	return o, nil
}

// Label labels the shards. If ctx ends or the server is lost, what is on the server stays there, and
// the same call continues. A shard that fails three times is an error. Workers do not work for a
// labelling with another model or program than theirs; their refusals are notes.
func (p *Pool) Label(ctx context.Context, task label.Job, shards iter.Seq2[label.Shard, error], write func(label.Block) error) error {
	o, err := p.complete()
	if err != nil {
		return err
	}
	conn, err := natsconn.Connect(ctx, o.Server, "labelling "+task.ID)
	if err != nil {
		return err
	}
	defer conn.Close()
	m := manifest{Format: format, Job: task.ID, Versions: versionsOf(task.Classifier), Digest: task.Model.Digest, Source: o.Source, Lines: task.Lines, Lease: o.Lease}
	j, err := create(ctx, conn, m, o.Replicas)
	if err != nil {
		return err
	}
	if o.inline > 0 {
		j.inline = o.inline
	}
	f := &follower{job: j, pool: o, write: write, sent: map[int]*sent{}, ready: map[int]*ready{}, workers: map[string]bool{}}
	err = f.run(ctx, task, shards)
	if err == nil {
		return j.delete(context.WithoutCancel(ctx))
	}
	if err = f.explain(ctx, err); ctx.Err() != nil || errors.Is(err, errTakenOver) {
		return err
	}
	// Workers need not go on with what nobody waits for. Blocks stay for the next call.
	clearing, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	_ = j.shards.Purge(clearing)
	return err
}

// run starts what works beside the follower, and ends it.
func (f *follower) run(ctx context.Context, task label.Job, shards iter.Seq2[label.Shard, error]) (err error) {
	if err := f.resume(ctx); err != nil {
		return err
	}
	read, stop := ahead.Read(ctx, shards)
	defer stop()
	working, cancel := context.WithCancelCause(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel(nil)
	results := make(chan received)
	group.Go(func() { f.receive(working, cancel, results) })
	if f.pool.OnlyOthers {
		f.pool.Progress.Note("labelling " + task.ID + ": no worker in this process: start workers with go run ./kernel worker --nats URL")
	} else {
		own := &labeller{job: f.job, classifier: task.Classifier, name: "coordinator", progress: f.pool.Progress, deliveries: mostDeliveries}
		group.Go(func() {
			for working.Err() == nil {
				if err := own.work(working); err != nil && working.Err() == nil {
					cancel(err)
				}
			}
		})
	}
	if err := f.follow(working, read, results); err != nil {
		if ctx.Err() == nil && working.Err() != nil {
			err = context.Cause(working)
		}
		return err
	}
	f.pool.Progress.Note(f.summary())
	return nil
}
