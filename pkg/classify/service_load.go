package classify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
)

// servedAdapter is a version of an adapter. The fields of the second group are guarded by
// Service.mu.
type servedAdapter struct {
	name, key string // key: of this version, in the graph
	source    source
	options   AdapterOptions
	head      *servedHead
	encoder   encoding.Encoder
	loaded    time.Time
	err       error // why the model without an adapter cannot answer

	prepared *adapters.Prepared
	slot     int32 // 0 while it is not in the graph, and of the model without an adapter
	calls    int   // that use it
	used     uint64
	gone     bool // replaced or unloaded: the slot is free when no call uses it
}

// Load loads an adapter from a run folder, from a folder that this module or PEFT wrote, or from the
// hub, and gives it a name. On the hub the folder is "owner/name" or "owner/name@revision", with a
// branch, a tag or a commit; a local folder of that name has precedence. What the hub's cache has is
// not asked for again, a branch neither; see bert.Resolve for the environment. A newer version replaces an older one of the name: calls that began before end
// with the older one. The same files with the same options are loaded once.
//
// An adapter of another base, according to the names in its files, is an error; so are
// data that [OpenClassifiers] refuses for an adapter with classes of its own, and a *[MergedError] of
// [ServiceOptions].CheckMerged. After an error nothing is changed. If ctx ends while Load waits for a place, its error is returned. If the adapter has no
// place in the graph, see [ServiceOptions], Load takes as long as the compilation of the larger graph,
// while the service continues.
func (s *Service) Load(ctx context.Context, name, folder string, options AdapterOptions) error {
	if err := options.validate(); err != nil {
		return fmt.Errorf("adapter %q: %w", name, err)
	}
	if name == adapters.Base {
		return &adapters.NameError{Name: name, Reason: "stands for the model without an adapter: choose another name", Names: s.names()}
	}
	if name == "" {
		return &adapters.NameError{Name: name, Reason: "is empty: expected a name", Names: s.names()}
	}
	return s.loading.take(ctx, func() error {
		src, err := openSource(ctx, name, folder)
		if err != nil {
			return err
		}
		s.mu.Lock()
		old, err := s.known[name], s.checkOpen()
		s.mu.Unlock()
		if err != nil {
			return err
		}
		if old != nil && old.source == src && reflect.DeepEqual(old.options, options) {
			return nil
		}
		a, err := s.read(name, src, options)
		if err != nil {
			return err
		}
		if err := s.place(ctx, a); err != nil {
			return err
		}
		if s.options.CheckMerged {
			err = s.checkMerged(ctx, a)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			a.gone = true
			return err
		}
		if err := s.checkOpen(); err != nil {
			a.gone = true
			return err
		}
		if old := s.known[name]; old != nil {
			old.gone = true
		}
		s.known[name] = a
		return nil
	})
}

// Unload removes an adapter: new calls give a *[adapters.NameError], and calls that began before end
// with it. An unknown name is a *[adapters.NameError].
func (s *Service) Unload(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkOpen(); err != nil {
		return err
	}
	a := s.known[name]
	if a == nil {
		return s.unknown(name)
	}
	a.gone = true
	delete(s.known, name)
	return nil
}

// Adapters returns the loaded adapters, sorted by name, those included that left the memory for
// others.
func (s *Service) Adapters() []AdapterInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []AdapterInfo
	for _, a := range s.known {
		info := AdapterInfo{
			Name: a.name, Folder: a.source.folder, Repository: a.source.repository, Commit: a.source.commit, Task: a.head.task, Labels: slices.Clone(a.head.labels), Version: a.source.version,
			Loaded: a.loaded, Pairs: a.encoder.Pairs, MaxTokens: a.encoder.MaxLength, Resident: a.slot != 0,
		}
		if a.head.task == data.MultiLabel {
			info.Thresholds = map[string]float64{}
			for i, label := range a.head.labels {
				info.Thresholds[label] = defaultThreshold
				if a.head.decisions.thresholds != nil {
					info.Thresholds[label] = a.head.decisions.thresholds[i]
				}
			}
		}
		out = append(out, info)
	}
	slices.SortFunc(out, func(a, b AdapterInfo) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// names returns the names of the loaded adapters, sorted.
func (s *Service) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lockedNames()
}

func (s *Service) lockedNames() []string {
	var names []string
	for name := range s.known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unknown returns the error of an unknown name. s.mu is held.
func (s *Service) unknown(name string) error {
	return &adapters.NameError{Name: name, Reason: "is not loaded", Names: s.lockedNames()}
}

// read reads an adapter. The turn to load is held.
func (s *Service) read(name string, src source, options AdapterOptions) (*servedAdapter, error) {
	fail := func(err error) (*servedAdapter, error) { return nil, fmt.Errorf("adapter %q: %w", name, err) }
	if err := s.checkBaseOf(src); err != nil {
		return fail(err)
	}
	s.heads.options.Adapters[name] = options
	defer delete(s.heads.options.Adapters, name)
	found, err := s.heads.read(name, src.dir)
	if err != nil {
		return nil, err
	}
	served, err := s.heads.head(name, src.dir, found)
	if err != nil {
		return nil, err
	}
	switch words := served.task == data.TokenClassification; {
	case words && found.rows == 0 && s.model.Head != bert.TokenClassification:
		return fail(fmt.Errorf("%s: has no classifier of words, and neither does the model %s", src.dir, s.model.Dir))
	case !words && s.model.Head == bert.TokenClassification:
		return fail(fmt.Errorf("%s: has the task %s, and the model %s is a classifier of words without a pooler", src.dir, served.task, s.model.Dir))
	}
	record, err := encoding.ReadRecord(src.dir)
	if err != nil {
		return fail(err)
	}
	a := &servedAdapter{name: name, source: src, options: options, head: served, encoder: s.encoderFor(served.task, record), loaded: time.Now()}
	if served.task == data.TokenClassification && a.encoder.Truncation != encoding.Head && !a.encoder.Truncation.IsZero() {
		return fail(fmt.Errorf("%s: reads words with the truncation %q, expected %q", src.dir, a.encoder.Truncation, encoding.Head))
	}
	if longest := s.longest(); a.encoder.MaxLength > longest {
		return fail(fmt.Errorf("%s: was trained with texts of %d tokens, and the service reads at most %d: set ServiceOptions.MaxLength, or larger Sizes if the model has more positions", src.dir, a.encoder.MaxLength, longest))
	}
	return a, s.prepare(a)
}

// prepare reads the matrices of an adapter, whose files must have its version.
func (s *Service) prepare(a *servedAdapter) error {
	prepared, err := s.places.set.Prepare(a.source.dir)
	s.model.ForgetWords() // an adapter with a copy of them was compared with all of them
	found, failed := versionOf(a.source.dir)
	switch err := errors.Join(err, failed); {
	case failed == nil && found != a.source.version: // which explains an error of Prepare too
		return &AdapterChangedError{Name: a.name, Folder: a.source.folder, Version: a.source.version, Found: found}
	case err != nil:
		return fmt.Errorf("adapter %q: %w", a.name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uses++
	a.prepared, a.used, a.key = prepared, s.uses, "v"+strconv.FormatUint(s.uses, 10)
	s.stats.Loads++
	return nil
}

// encoderFor returns how the texts of an adapter are read.
func (s *Service) encoderFor(task data.Task, record encoding.Record) encoding.Encoder {
	e := encoding.Encoder{
		Tokenizer: s.model.Tokenizer, MaxLength: s.options.MaxLength, Truncation: s.options.Truncation,
		Pairs: record.Pairs, Words: task == data.TokenClassification,
	}
	settings.Default(&e.Truncation, record.Truncation)
	if record.MaxLength > 0 {
		settings.Default(&e.MaxLength, record.MaxLength)
	}
	settings.Default(&e.MaxLength, s.longest())
	return e
}

// longest returns the largest number of tokens of a text.
func (s *Service) longest() int {
	return min(s.options.Sizes[len(s.options.Sizes)-1], s.model.Config.MaxPositionEmbeddings)
}

// checkBaseOf refuses an adapter whose files name another base than the service's. Names of
// different kinds, of a folder and on the hub, cannot be compared.
func (s *Service) checkBaseOf(src source) error {
	c, err := lora.ReadConfig(src.dir)
	if err != nil || c.BaseModel == "" {
		return err
	}
	named, errNamed := os.Stat(c.BaseModel)
	ours, errOurs := os.Stat(s.options.Model)
	if sameRepo(c.BaseModel, s.options.Model) {
		const main = "main"
		if theirs, our := cmp.Or(c.Revision, main), cmp.Or(s.options.Revision, main); errOurs != nil && theirs != our {
			return fmt.Errorf("%s names the revision %s of the model %s, and the service's is %s: load it into a service of its own model", filepath.Join(src.dir, lora.ConfigFile), theirs, c.BaseModel, our)
		}
		return nil
	}
	if (errNamed == nil) != (errOurs == nil) || errNamed == nil && os.SameFile(named, ours) {
		return nil
	}
	if errNamed == nil {
		same, err := sameWeights(c.BaseModel, s.options.Model)
		if err != nil || same {
			return err
		}
	}
	return fmt.Errorf("%s names the model %s, and the service's is %s: load it into a service of its own model", filepath.Join(src.dir, lora.ConfigFile), c.BaseModel, s.options.Model)
}
