package pretrain

import (
	"fmt"
	"math"
	"os"

	"github.com/lorabook/lorabook/internal/bfloat16"
)

// teacherStates are the teacher's hidden states of the texts, in a file. Targets are standardized
// for each dimension, for words and for rows separately, so that no dimension of the teacher
// dominates the loss.
type teacherStates struct {
	file   *os.File
	hidden int
	words  wordCounter
	starts []int // index of the first word of each text, and the number of all words
	word   scale
	text   scale
}

// scale contains the mean and the standard deviation of each dimension.
type scale struct{ mean, deviation []float32 }

// openTeacherStates opens the file that read wrote. count contains the number of words of each
// text.
func openTeacherStates(path string, hidden int, words wordCounter, count []int) (_ *teacherStates, err error) {
	s := &teacherStates{hidden: hidden, words: words, starts: []int{0}}
	for i, n := range count {
		s.starts = append(s.starts, s.starts[i]+n)
	}
	if s.file, err = os.Open(path); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.file.Close()
		}
	}()
	info, err := s.file.Stat()
	if err != nil {
		return nil, err
	}
	if want := int64(s.starts[len(count)]) * int64(hidden) * 2; info.Size() != want {
		return nil, fmt.Errorf("%s has %d bytes, expected %d: delete it, and the teacher's states are computed again", path, info.Size(), want)
	}
	return s, s.measure()
}

func (s *teacherStates) close() { _ = s.file.Close() }

// measured is the maximum number of texts from which the scales are computed.
const measured = 1000

func (s *teacherStates) measure() error {
	word, text := newMoments(s.hidden), newMoments(s.hidden)
	n := len(s.starts) - 1
	for i := 0; i < n; i += max(1, n/measured) {
		states, err := s.wordStates(s.starts[i], s.starts[i+1])
		if err != nil {
			return err
		}
		if len(states) == 0 {
			continue
		}
		mean := make([]float32, s.hidden)
		for at := 0; at < len(states); at += s.hidden {
			word.add(states[at : at+s.hidden])
			for j, x := range states[at : at+s.hidden] {
				mean[j] += x
			}
		}
		for j := range mean {
			mean[j] /= float32(len(states) / s.hidden)
		}
		text.add(mean)
	}
	s.word, s.text = word.scale(), text.scale()
	return nil
}

// wordStates reads the states of the words from to to-1: [to-from, hidden].
func (s *teacherStates) wordStates(from, to int) ([]float32, error) {
	raw := make([]byte, (to-from)*s.hidden*2)
	if _, err := s.file.ReadAt(raw, int64(from)*int64(s.hidden)*2); err != nil {
		return nil, fmt.Errorf("%s: states of word %d: %w", s.file.Name(), from, err)
	}
	states := make([]float32, len(raw)/2)
	bfloat16.FromBytes(states, raw)
	return states, nil
}

// teacherTargets are the targets of a batch's rows: words [rows, length, hidden] at the
// positions of tokens, rows [rows, hidden] their means. Special tokens and filler have 0.
type teacherTargets struct {
	hidden      int
	words, rows []float32
}

// targets returns the targets of a batch with the given rows.
func (s *teacherStates) targets(texts [][]int32, rows []row, stage Stage) (*teacherTargets, error) {
	t := &teacherTargets{s.hidden, make([]float32, stage.Rows*stage.Length*s.hidden), make([]float32, stage.Rows*s.hidden)}
	for r, place := range rows {
		ids := texts[place.text]
		first := s.starts[place.text] + s.words.count(ids[:place.from+1]) - 1
		last := s.starts[place.text] + s.words.count(ids[:place.to]) - 1
		states, err := s.wordStates(first, last+1)
		if err != nil {
			return nil, err
		}
		mean, word := t.rows[r*s.hidden:(r+1)*s.hidden], 0
		for i, id := range ids[place.from:place.to] {
			if i > 0 && !s.words.continues[id] {
				word++
			}
			state := states[word*s.hidden : (word+1)*s.hidden]
			s.word.apply(t.words[(r*stage.Length+1+i)*s.hidden:], state)
			for j, x := range state {
				mean[j] += x
			}
		}
		for j := range mean {
			mean[j] /= float32(place.to - place.from)
		}
		s.text.apply(mean, mean)
	}
	return t, nil
}

// apply writes the scaled state to out.
func (s scale) apply(out, state []float32) {
	for j, x := range state {
		out[j] = (x - s.mean[j]) / s.deviation[j]
	}
}

// moments accumulates the mean and the standard deviation of each dimension.
type moments struct {
	n            float64
	sum, squares []float64
}

func newMoments(size int) *moments {
	return &moments{sum: make([]float64, size), squares: make([]float64, size)}
}

func (m *moments) add(values []float32) {
	m.n++
	for j, x := range values {
		m.sum[j] += float64(x)
		m.squares[j] += float64(x) * float64(x)
	}
}

// scale returns the standard deviation, or 1 if all values are equal, for example with one text.
func (m *moments) scale() scale {
	s := scale{make([]float32, len(m.sum)), make([]float32, len(m.sum))}
	for j := range m.sum {
		mean := m.sum[j] / max(1, m.n)
		s.mean[j], s.deviation[j] = float32(mean), 1
		if variance := m.squares[j]/max(1, m.n) - mean*mean; variance > 1e-12 {
			s.deviation[j] = float32(math.Sqrt(variance))
		}
	}
	return s
}
