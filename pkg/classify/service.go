package classify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify/internal/layerwise"
	"github.com/lorabook/lorabook/pkg/classify/internal/queue"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// Service answers texts with many adapters on one model in memory, for programs that serve. It is
// safe for concurrent use.
//
// The texts of all calls wait in one queue and are joined into batches, in which they stand one after
// the other, each with its own adapter, and each attends only to its own tokens. A batch begins when a
// computation ends: a text never waits for others to fill a batch, and the oldest text is always in
// the next one. Each adapter has its own task, classes, and way to read texts. Adapters are loaded,
// replaced and unloaded while others answer.
type Service struct {
	options ServiceOptions
	backend compute.Backend
	model   *bert.Model
	queue   *queue.Queue[*serviceRow]
	grid    queue.Grid

	loading  turn         // held while adapters are loaded; guards heads and places.set
	heads    *servedHeads // of the adapters that are being loaded
	released chan struct{}

	engine sync.RWMutex // held for reading by batches, for writing by changes of the slots
	places *places      // changed with engine and mu held

	mu       sync.Mutex
	known    map[string]*servedAdapter // newest version by name
	resident []*servedAdapter          // in slots, older versions in use included
	base     *servedAdapter            // the model without an adapter
	uses     uint64
	stats    ServiceStats // counters alone
	warm     map[warmSize]bool
	closed   bool

	runners sync.WaitGroup
	drained chan struct{} // closed when all runners ended and the programs are freed
	ending  chan struct{} // closed by Close
}

// wordsInFile is the size in bytes from which word embeddings stay in their file; tests change it.
var wordsInFile int64 = bert.LargeWords

// runners returns the number of batches that are computed at a time. A batch uses all processors: with
// two of them a second batch makes both slower, and the latency longer, for hardly more texts a second.
// With more processors some wait at the end of each operation, and a second batch uses them.
func runners() int { return min(max(1, runtime.GOMAXPROCS(0)/4), 2) }

// NewService opens the model and the adapters of the options, and starts the service. The context
// bounds only the opening. Errors are those of bert.Open, [Service.Load] and of impossible options.
// Close frees the memory.
func NewService(ctx context.Context, options ServiceOptions) (_ *Service, failed error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	folders := map[string]source{}
	dirs := map[string]string{}
	for name, folder := range options.Adapters {
		src, err := openSource(ctx, name, folder)
		if err != nil {
			return nil, err
		}
		folders[name], dirs[name] = src, src.dir
	}
	base, err := basesOf(options.Model, options.Revision, dirs)
	if err != nil {
		return nil, err
	}
	if base.model == "" {
		return nil, errors.New("options: found neither a Model nor Adapters, expected at least one of them")
	}
	options.Model, options.Revision = base.model, base.revision
	e, err := engine.For(options.Backend, "options: Backend")
	if err != nil {
		return nil, err
	}
	options.Backend = e.Backend
	heads, m, err := openServiceHeads(ctx, base, options)
	if err != nil {
		return nil, err
	}
	defer func() {
		if failed != nil {
			_ = m.Words.Close() // again after Close
		}
	}()
	if err := options.completeSizes(m.Config.MaxPositionEmbeddings, m.Dir); err != nil {
		return nil, err
	}
	backend, err := options.inference(e.Backend, m)
	if err != nil {
		return nil, err
	}
	if err := engine.Upload(backend, m.Store); err != nil {
		return nil, err
	}
	s := &Service{
		options: options, backend: backend, model: m, heads: heads,
		grid:    queue.Grid{Sizes: options.Sizes, Block: layerwise.Block, Tokens: options.MaxTokens},
		loading: newTurn(), released: make(chan struct{}, 1), known: map[string]*servedAdapter{}, warm: map[warmSize]bool{},
		drained: make(chan struct{}), ending: make(chan struct{}),
	}
	s.queue = queue.New[*serviceRow](s.grid, options.Queue, time.Now)
	if err := s.openBase(); err != nil {
		return nil, err
	}
	size, err := s.firstSize(dirs)
	if err != nil {
		return nil, err
	}
	if s.places, err = s.build(size, nil); err != nil {
		return nil, err
	}
	for range runners() {
		s.runners.Go(s.run)
	}
	go func() {
		s.runners.Wait()
		_ = s.loading.take(context.Background(), func() error { s.places.close(); return s.model.Words.Close() })
		close(s.drained)
	}()
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		if err := s.Load(ctx, name, folders[name].folder, options.AdapterOptions[name]); err != nil {
			return nil, errors.Join(err, s.Close(context.Background()))
		}
	}
	return s, nil
}

// openServiceHeads opens the base for adapters that come later.
func openServiceHeads(ctx context.Context, base tuned, options ServiceOptions) (*servedHeads, *bert.Model, error) {
	dir, err := base.resolve(ctx)
	if err != nil {
		return nil, nil, err
	}
	config, err := bert.ReadConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	if err := checkProblem(config, dir); err != nil {
		return nil, nil, err
	}
	s := &servedHeads{
		options: ClassifiersOptions{Options: options.Options, Adapters: map[string]AdapterOptions{}, OwnLabels: true, Spare: 1},
		config:  config, dir: dir, vocab: config.VocabSize, tags: true, inFile: wordsInFile,
		common: map[data.Task][]string{}, heads: map[string]*servedHead{},
	}
	lead := head{problem: orSingle(config.ProblemType)}
	if config.ScoresTokens() {
		lead.problem = tokenProblem
	}
	unstated := len(config.Labels) == 1 && config.ProblemType == "" && lead.problem != tokenProblem // the adapters state the task
	if unstated {
		if lead.problem = bert.Regression; options.Task == data.MultiLabel {
			lead.problem = bert.MultiLabel
		}
	}
	if s.unnamed = len(config.Labels) == 0; s.unnamed {
		if m, err := s.open(ctx, lead, false); err == nil {
			if !m.FreshClassifier() { // transformers names its classes
				s.unnamed, s.config.Labels = false, m.Config.Labels
				return s, m, nil
			}
			if err := m.Words.Close(); err != nil { // it is opened again
				return nil, nil, err
			}
		}
		lead.labels = []string{"LABEL_0", "LABEL_1"} // for a classifier that no adapter uses
	}
	m, err := s.open(ctx, lead, true)
	switch {
	case err != nil:
	case unstated && options.Task == "":
		s.noBase = fmt.Errorf("the model without an adapter cannot answer: %s names one class and no problem_type: set classify.Options.Task", filepath.Join(dir, "config.json"))
	case s.noBase != nil:
	case m.FreshClassifier():
		s.noBase = fmt.Errorf("the model without an adapter cannot answer: %s has no trained classifier", dir)
	case len(config.Labels) == 0:
		s.noBase = fmt.Errorf("the model without an adapter cannot answer: %s names no classes", filepath.Join(dir, "config.json"))
	}
	return s, m, err
}

// openBase sets the model without an adapter.
func (s *Service) openBase() error {
	record, err := encoding.ReadRecord(s.model.Dir)
	if err != nil {
		return err
	}
	s.base = &servedAdapter{name: adapters.Base, head: s.heads.heads[adapters.Base], encoder: s.encoderFor(s.heads.heads[adapters.Base].task, record)}
	if s.heads.noBase != nil {
		s.base.err = &BaseError{s.heads.noBase}
	} else if longest := s.longest(); s.base.encoder.MaxLength > longest {
		s.base.err = &BaseError{fmt.Errorf("%s: was trained with texts of %d tokens, and the service reads at most %d: set ServiceOptions.MaxLength, or larger Sizes", s.model.Dir, s.base.encoder.MaxLength, longest)}
	}
	return nil
}

// Base returns the name and the revision of the model; the revision is "" for a folder and for the
// main branch.
func (s *Service) Base() (name, revision string) { return s.options.Model, s.options.Revision }

// Stats returns the state of the service and its counters.
func (s *Service) Stats() ServiceStats {
	queued, running := s.queue.State()
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.Queued, out.Running, out.Capacity, out.MaxAdapters = queued, running, s.options.Queue, s.options.MaxAdapters
	out.Adapters = len(s.known)
	for _, a := range s.resident {
		if !a.gone {
			out.Resident++
		}
	}
	return out
}

// Close ends the service: new calls give [ErrClosed], and the texts that were accepted are answered.
// It returns when they are answered and the compiled programs are freed. If ctx ends first, its
// error is returned, and the rest is answered in the background. A second Close waits too.
func (s *Service) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.ending)
	}
	s.mu.Unlock()
	s.queue.Close()
	select {
	case <-s.drained:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// checkOpen returns ErrClosed after Close. s.mu is held.
func (s *Service) checkOpen() error {
	if s.closed {
		return ErrClosed
	}
	return nil
}
