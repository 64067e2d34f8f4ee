package label

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/progress"
)

// noteEvery is the time between two notes with the numbers so far.
const noteEvery = 30 * time.Second

// Run labels the texts of the inputs and writes the output. It continues with the output of an earlier
// process that was stopped or killed. For a finished output it returns the report at once.
//
// An output that was begun with other texts, another model or other options is a *ChangedError; the
// texts so far are read again for that. A record that cannot be used is a *BadTextError unless
// Options.SkipBad is set. If ctx ends, the error is its cause, and the same call continues.
func Run(ctx context.Context, c *classify.Classifier, o Options) (*Report, error) {
	if ctx == nil {
		return nil, errors.New("label: the context is nil: pass context.Background()")
	}
	m, err := Describe(c)
	if err != nil {
		return nil, err
	}
	if err := o.complete(m); err != nil {
		return nil, err
	}
	out, err := begin(&o, m)
	if err != nil {
		return nil, err
	}
	defer out.close()
	before := stamps(o.Inputs)
	if out.report.Finished && before != nil && slices.Equal(before, out.report.Stamps) {
		return out.report, nil
	}
	r := &run{Options: o, out: out, task: o.Progress.Begin("labelling", 0, out.report.Counts.Texts), noted: time.Now(), firstTexts: out.report.Counts.Texts, firstTokens: out.report.Counts.Tokens.Tokens}
	defer r.task.End()
	rest, stop, err := r.remaining(ctx)
	if err != nil {
		return nil, err
	}
	defer stop()
	if out.report.Finished {
		return r.verified(rest, before)
	}
	err = o.Pool.Label(ctx, Job{ID: out.report.Job, Model: m, Lines: o.Lines, Classifier: c}, rest, r.write)
	if err != nil {
		err = errors.Join(err, out.checkpoint())
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	if out.report.Counts.Texts == 0 {
		return nil, fmt.Errorf("label: the inputs %q hold no text", o.Inputs)
	}
	if after := stamps(o.Inputs); !slices.Equal(before, after) {
		before = nil // they changed meanwhile: the next call compares the texts
	}
	return out.report, out.finish(before)
}

// run is a labelling at work.
type run struct {
	Options
	out  *output
	task progress.Task

	noted                   time.Time
	firstTexts, firstTokens int // of earlier processes

	mu     sync.Mutex
	chains map[int]string // digests of the texts up to each shard that is not yet written
}

// remaining reads the shards that are in the output, compares their texts with the report, and returns
// the other shards.
func (r *run) remaining(ctx context.Context) (rest iter.Seq2[Shard, error], stop func(), err error) {
	next, stop := iter.Pull2(r.shards(ctx))
	report, chain := r.out.report, ""
	for n := range report.Shards {
		shard, err, ok := next()
		if err != nil {
			stop()
			return nil, nil, err
		}
		if !ok {
			stop()
			return nil, nil, &ChangedError{r.Output, []string{fmt.Sprintf("the inputs have fewer texts than the %s that were labelled", numerals.Count(report.Counts.Texts))}}
		}
		chain = shard.chain(chain)
		if n == report.Shards-1 && chain != report.Texts {
			stop()
			return nil, nil, &ChangedError{r.Output, []string{fmt.Sprintf("the first %s texts of the inputs are not those that were labelled", numerals.Count(report.Counts.Texts))}}
		}
	}
	r.chains = map[int]string{}
	return func(yield func(Shard, error) bool) {
		for {
			shard, err, ok := next()
			if !ok {
				return
			}
			if err == nil {
				chain = shard.chain(chain)
				r.mu.Lock()
				r.chains[shard.Number] = chain
				r.mu.Unlock()
			}
			if !yield(shard, err) || err != nil {
				return
			}
		}
	}, stop, nil
}

// write adds the block of the next shard to the output.
func (r *run) write(b Block) error {
	r.mu.Lock()
	chain := r.chains[b.Shard]
	delete(r.chains, b.Shard)
	r.mu.Unlock()
	if err := r.out.add(b, chain); err != nil {
		return err
	}
	counts, seconds := r.out.report.Counts, time.Since(r.out.begun).Seconds()
	r.task.Update(progress.Status{Done: counts.Texts, TokensPerSecond: float64(counts.Tokens.Tokens-r.firstTokens) / seconds})
	if time.Since(r.noted) >= noteEvery {
		r.noted = time.Now()
		r.Progress.Note(fmt.Sprintf("%s; %.4g texts/s", counts.Describe(r.out.report.Settings.Model.Task), float64(counts.Texts-r.firstTexts)/seconds))
	}
	return nil
}

// verified returns the report of a finished output whose texts are those of the inputs.
func (r *run) verified(rest iter.Seq2[Shard, error], now []string) (*Report, error) {
	for _, err := range rest {
		if err != nil {
			return nil, err
		}
		return nil, &ChangedError{r.Output, []string{fmt.Sprintf("the inputs have more texts than the %s that were labelled", numerals.Count(r.out.report.Counts.Texts))}}
	}
	r.out.report.Stamps = now
	return r.out.report, r.out.report.write(r.Output)
}
