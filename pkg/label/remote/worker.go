package remote

import (
	"context"
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Options of a worker do not affect the answers.
type Options struct {
	Server natsconn.Server
	// Job is the id of the labelling to work for (label.Report.Job); default: all on the server, one
	// after the other.
	Job string
	// Once ends the worker when no shard waits and none is in work. By default it waits for more until
	// ctx ends.
	Once     bool
	Name     string            // in logs; default the host's name, the process number and a random part
	Progress progress.Progress // shows notes; default progress.Nop
	// Open opens the model of a labelling; default classify.Open. The worker closes it.
	Open func(context.Context, Source) (*classify.Classifier, error)

	// For tests: lose makes the worker end without a word where it returns true, as if it were killed;
	// deliveries stands for mostDeliveries.
	lose       func(shard int) bool
	deliveries uint64
}

// Worker labels the shards of the labellings on a server. Use [New] to make one.
type Worker struct {
	options Options
	opened  *opened
	told    string // the labelling of the last note
}

// opened is the model that a worker has open: one at a time, for the memory.
type opened struct {
	manifest   manifest // with the versions and the digest of what is open
	classifier *classify.Classifier
}

// Run labels shards until ctx ends, or with Options.Once until there are none. If ctx ends, it gives
// the present shard back and returns the cause of ctx's end. A labelling with another model, program or
// engine is a *MismatchError.
func Run(ctx context.Context, o Options) error {
	w := New(o)
	defer w.Close()
	return natsconn.Serve(ctx, w.options.Server, w.options.Name, w.options.Once, w)
}

// New returns a worker for natsconn.Serve, which can also do other kinds of work. Close it at the end.
func New(o Options) *Worker {
	if o.Progress == nil {
		o.Progress = progress.Nop
	}
	if o.Name == "" {
		o.Name = natsconn.WorkerName()
	}
	if o.deliveries == 0 {
		o.deliveries = mostDeliveries
	}
	if o.Open == nil {
		o.Open = func(ctx context.Context, s Source) (*classify.Classifier, error) { return s.open(ctx) }
	}
	return &Worker{options: o}
}

// Close closes the model that the worker has open.
func (w *Worker) Close() {
	if w.opened != nil {
		w.opened.classifier.Close()
		w.opened = nil
	}
}

// Pass labels the shards that wait, of one labelling after the other. It implements natsconn.Work. If
// ctx ends, it gives the present shard back, as [Run].
func (w *Worker) Pass(ctx context.Context, conn *natsconn.Conn) (busy bool, err error) {
	if err := conn.Check(ctx); err != nil {
		return false, err
	}
	ids := []string{w.options.Job}
	if w.options.Job == "" {
		if ids, err = jobs(ctx, conn); err != nil {
			return false, err
		}
	}
	for _, id := range ids {
		waited, err := w.pass(ctx, conn, id)
		if errors.Is(err, natsconn.ErrGone) {
			continue // it ended meanwhile
		}
		if err != nil {
			return false, err
		}
		busy = busy || waited
	}
	return busy, nil
}

// pass labels the shards of one labelling that wait.
func (w *Worker) pass(ctx context.Context, conn *natsconn.Conn, id string) (waited bool, err error) {
	j, err := open(ctx, conn, id)
	if err != nil {
		return false, err
	}
	if n, err := j.waiting(ctx); err != nil || n == 0 {
		return false, err // a model is opened only for work
	}
	c, err := w.classifier(ctx, j.manifest)
	if err != nil {
		if ctx.Err() == nil {
			// The coordinator shows why the worker does not work.
			_ = j.sendResult(ctx, result{Worker: w.options.Name, Error: err.Error()}, nil)
		}
		return false, err
	}
	if w.told != id {
		w.told = id
		w.options.Progress.Note(fmt.Sprintf("worker %s: labelling %s", w.options.Name, id))
	}
	l := &labeller{job: j, classifier: c, name: w.options.Name, progress: w.options.Progress, lose: w.options.lose, deliveries: w.options.deliveries}
	return true, l.work(ctx)
}

// classifier returns the classifier of a labelling. It refuses one that would give other answers.
func (w *Worker) classifier(ctx context.Context, m manifest) (*classify.Classifier, error) {
	mine := manifest{Format: format, Job: m.Job, Source: m.Source}
	if m.Format != format {
		return nil, m.check(mine)
	}
	if w.opened != nil {
		mine.Versions, mine.Digest = w.opened.manifest.Versions, w.opened.manifest.Digest
		if m.check(mine) == nil {
			return w.opened.classifier, nil
		}
		w.Close()
	}
	c, err := w.options.Open(ctx, m.Source)
	if err != nil {
		return nil, fmt.Errorf("labelling %s: this worker cannot open the model: %w", m.Job, err)
	}
	mine.Versions = versionsOf(c)
	if mine.Digest, err = c.Digest(); err == nil {
		err = m.check(mine)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	w.opened = &opened{mine, c}
	return c, nil
}
