package pretrain

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

const (
	teacherWindow = 256 // maximum number of tokens in the teacher's input
	teacherGroup  = 256 // texts per write to the file
)

// reading is the computation of a teacher's states.
type reading struct {
	Teacher
	model *bert.Model
	exec  *feed.Exec
	words wordCounter
	texts [][]int32 // the teacher's token ids
	count []int     // number of words of each text
	file  *os.File
}

// read computes the teacher's states of the texts and writes them to the file at path. It keeps
// existing states of a stopped process. It returns the states' number of dimensions.
func (t Teacher) read(ctx context.Context, folder *runfolder.Folder, backend compute.Backend, path string, texts []string, words []int, display progress.Progress) (hidden int, err error) {
	r := &reading{Teacher: t, count: words}
	if r.model, err = inputs.OpenModel(ctx, folder, inputs.Model("teacher", t.Model, bert.ResolveOptions{}), bert.Options{Head: bert.NoHead}); err != nil {
		return 0, fmt.Errorf("teacher.model: %w", err)
	}
	hidden = r.model.Config.HiddenSize
	if n := r.model.Config.MaxPositionEmbeddings; n < 3 {
		return 0, &settings.FieldError{Field: "teacher.model", Reason: fmt.Sprintf("is %s, which reads at most %d tokens (max_position_embeddings), expected at least 3: [CLS], [SEP] and a token between them", t.Model, n)}
	}
	if len(t.Layers) == 0 {
		r.Layers = []int{r.model.Config.NumHiddenLayers}
	}
	for i, layer := range r.Layers {
		if n := r.model.Config.NumHiddenLayers; layer > n {
			return 0, &settings.FieldError{Field: fmt.Sprintf("teacher.layers[%d]", i), Reason: fmt.Sprintf("is %d, %s has %d", layer, t.Model, n)}
		}
	}
	if err := r.tokenize(ctx, texts); err != nil {
		return 0, err
	}
	for _, w := range tokenizers.CountUnknown(r.model.Tokenizer, r.texts).Warnings("the texts, as the teacher reads them,") {
		display.Note(progress.WarningPrefix + w)
	}
	if r.exec, err = feed.New(backend, r.model.Store, batching.Signature{}, r.states); err != nil {
		return 0, err
	}
	defer r.exec.Finalize()
	if r.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.file.Close()) }()
	return hidden, r.all(ctx, display)
}

// tokenize splits the texts into the teacher's tokens. If teacher and model split a text into
// different words, the error appears before the computation, not after hours.
func (r *reading) tokenize(ctx context.Context, texts []string) error {
	r.words = newWordCounter(r.model.Tokenizer)
	var err error
	if r.texts, err = tokenize(ctx, r.model.Tokenizer, texts); err != nil {
		return err
	}
	for i, ids := range r.texts {
		if got, want := r.words.count(ids), r.count[i]; got != want {
			return &settings.FieldError{Field: "teacher.model", Reason: fmt.Sprintf("is %s, which splits a text into %d words, expected %d as the trained model does: use a teacher with the same treatment of case and accents; the text starts with %.60q", r.Model, got, want, texts[i])}
		}
	}
	return nil
}

// states computes the mean of the layers' hidden states for ids [rows, length] and lengths
// [rows]: [rows, length, hidden].
func (r *reading) states(root *model.Scope, in batching.Nodes) []*graph.Node {
	all := r.model.Encoder().HiddenStates(root, bert.PaddedInputs(in.IDs, in.Lengths))
	sum := all[r.Layers[0]]
	for _, layer := range r.Layers[1:] {
		sum = graph.Add(sum, all[layer])
	}
	return []*graph.Node{graph.DivScalar(sum, float64(len(r.Layers)))}
}

// all computes the missing states, group by group.
func (r *reading) all(ctx context.Context, display progress.Progress) error {
	group, at, sums, err := r.sound(display)
	if err != nil {
		return err
	}
	if err := errors.Join(r.file.Truncate(at), runfolder.WriteWhole(r.file.Name()+runfolder.TeacherSumsEnding, sums)); err != nil {
		return err
	}
	if _, err := r.file.Seek(at, 0); err != nil {
		return err
	}
	bar := display.Begin("texts of the teacher", len(r.texts), min(group*teacherGroup, len(r.texts)))
	defer bar.End()
	began, tokens := time.Now(), 0
	for ; group*teacherGroup < len(r.texts); group++ {
		states, n, err := r.group(ctx, group)
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("the teacher has read %d of %d texts: %w (%w)", group*teacherGroup, len(r.texts), trainer.ErrStopped, ctx.Err())
		}
		if err != nil {
			return err
		}
		if _, err := r.file.Write(states); err != nil {
			return err
		}
		sums = binary.LittleEndian.AppendUint32(sums, crc32.Checksum(states, digest.Castagnoli))
		if err := runfolder.WriteWhole(r.file.Name()+runfolder.TeacherSumsEnding, sums); err != nil {
			return err
		}
		tokens += n
		bar.Update(progress.Status{Done: min((group+1)*teacherGroup, len(r.texts)), TokensPerSecond: float64(tokens) / time.Since(began).Seconds()})
	}
	return nil
}

// group returns the states of each word of a group's texts in the file's format, and the number
// of tokens.
func (r *reading) group(ctx context.Context, group int) (states []byte, tokens int, err error) {
	first := group * teacherGroup
	texts := r.texts[first:min(first+teacherGroup, len(r.texts))]
	length := min(teacherWindow, r.model.Config.MaxPositionEmbeddings)
	var ids [][]int32
	var owners []int // text of each row of ids
	var windows []window
	for i, text := range texts {
		for _, w := range r.words.windows(text, length-2) {
			row := append([]int32{r.model.Tokenizer.CLS()}, text[w.from:w.to]...)
			ids = append(ids, append(row, r.model.Tokenizer.SEP()))
			owners, windows = append(owners, i), append(windows, w)
		}
	}
	means := make([]wordMeans, len(texts))
	for i := range texts {
		means[i] = newWordMeans(r.count[first+i], r.model.Config.HiddenSize)
	}
	batcher, err := batching.NewBatcher(ids, make([]int, len(ids)), feed.EvaluationBatches(r.model.Tokenizer, length))
	if err != nil {
		return nil, 0, err
	}
	err = feed.Forward{Exec: r.exec}.Each(ctx, batcher.InOrder(), 0, func(_ int, batch batching.Batch, values []float32) error {
		for row, example := range batch.Index {
			text, w := texts[owners[example]], windows[example]
			means[owners[example]].add(r.words, text[w.from:w.to], w.word, values[(row*batch.Length+1)*r.model.Config.HiddenSize:])
			tokens += int(batch.Lengths[row])
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	for i, m := range means {
		values := m.means()
		if !floats.Finite(values) {
			return nil, 0, &settings.FieldError{Field: "teacher.model", Reason: fmt.Sprintf("is %s, whose hidden states of text %d are not finite: its weights are damaged, use an intact copy", r.Model, first+i)}
		}
		states = bfloat16.AppendBytes(states, values)
	}
	return states, tokens, nil
}

// wordMeans are the mean states of a text's words over their tokens.
type wordMeans struct {
	hidden int
	sums   []float32 // [words, hidden]
	tokens []float32 // [words]
}

func newWordMeans(words, hidden int) wordMeans {
	return wordMeans{hidden, make([]float32, words*hidden), make([]float32, words)}
}

// add adds the states [len(ids), hidden] of a window whose first token belongs to the given word.
func (m wordMeans) add(c wordCounter, ids []int32, word int, states []float32) {
	for i, id := range ids {
		if i > 0 && !c.continues[id] {
			word++
		}
		m.tokens[word]++
		sum := m.sums[word*m.hidden : (word+1)*m.hidden]
		for j, x := range states[i*m.hidden : (i+1)*m.hidden] {
			sum[j] += x
		}
	}
}

// means returns the sums divided by the numbers of tokens: [words, hidden].
func (m wordMeans) means() []float32 {
	out := make([]float32, len(m.sums))
	for i, x := range m.sums {
		out[i] = x / m.tokens[i/m.hidden]
	}
	return out
}
