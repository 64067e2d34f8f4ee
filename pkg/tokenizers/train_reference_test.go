package tokenizers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// The files below hold what Rust's tokenizers library trains; train.py beside them
// wrote them.
const trainReferences = "testdata/vocab"

// trainRequest is what train.py reads; see there.
type trainRequest struct {
	Texts        []string `json:"texts,omitempty"`
	Size         int      `json:"size"`
	MinFrequency int      `json:"min_frequency"`
	Alphabet     int      `json:"alphabet"`
	Pinned       bool     `json:"pinned"`
	Lowercase    bool     `json:"lowercase"`
	StripAccents *bool    `json:"strip_accents,omitempty"`
	CleanText    *bool    `json:"clean_text,omitempty"`
	ChineseChars *bool    `json:"handle_chinese_chars,omitempty"`
}

func (r trainRequest) options() tokenizers.VocabularyOptions {
	no := func(b *bool) bool { return b != nil && !*b }
	return tokenizers.VocabularyOptions{Size: r.Size, MinFrequency: r.MinFrequency, Alphabet: r.Alphabet, Tokenizer: tokenizers.Options{
		Lowercase: r.Lowercase, StripAccents: r.StripAccents, KeepControls: no(r.CleanText), KeepChineseWords: no(r.ChineseChars),
	}}
}

// trainInRust answers requests with Rust's tokenizers, or skips the test.
func trainInRust(t *testing.T, requests ...trainRequest) [][]string {
	t.Helper()
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("set LORABOOK_PYTHON to a python3 that has tokenizers installed to run this")
	}
	var input bytes.Buffer
	for _, r := range requests {
		line, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		input.Write(append(line, '\n'))
	}
	cmd := exec.Command(python, filepath.Join(trainReferences, "train.py"), "serve")
	cmd.Stdin, cmd.Stderr = &input, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers [][]string
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var vocab []string
		if err := json.Unmarshal(lines.Bytes(), &vocab); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, vocab)
	}
	if len(answers) != len(requests) {
		t.Fatalf("%d answers to %d requests", len(answers), len(requests))
	}
	return answers
}

func TestTrainVocabularyEqualsReference(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(trainReferences, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Texts []string
		Cases map[string]struct {
			trainRequest
			Vocab []string
		}
	}
	if err := json.Unmarshal(data, &reference); err != nil {
		t.Fatal(err)
	}
	if len(reference.Cases) < 5 {
		t.Fatalf("%d cases", len(reference.Cases))
	}
	for name, c := range reference.Cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.Vocab, trainVocabulary(t, reference.Texts, c.options())); diff != "" {
				t.Error("(-Rust +Go)", diff)
			}
		})
	}
}

func TestTrainVocabularyEqualsRustOnRandomTexts(t *testing.T) {
	var requests []trainRequest
	for seed := range 200 {
		r := trainRequest{
			Texts: trainingTexts(uint64(seed)), Size: 100 + 7*seed, MinFrequency: 1 + seed%4, Alphabet: []int{1000, 200, 40, 8, 4}[seed%5],
			Pinned: true, Lowercase: seed%2 == 1,
		}
		switch seed % 7 {
		case 0:
			r.StripAccents = new(!r.Lowercase)
		case 1:
			r.CleanText = new(false)
		case 2:
			r.ChineseChars = new(false)
		}
		requests = append(requests, r)
	}
	short := 0
	for i, want := range trainInRust(t, requests...) {
		r := requests[i]
		got, err := tokenizers.TrainVocabulary(t.Context(), slices.Values(r.Texts), r.options())
		if te := new(tokenizers.Error); len(want) > r.Size { // Rust makes it larger than was asked for
			if short++; !errors.As(err, &te) || te.Field != "Size" || !strings.Contains(te.Reason, fmt.Sprint(len(want))) {
				t.Errorf("seed %d: %d pieces of special tokens and alphabet into %d: %v", i, len(want), r.Size, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(i, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seed %d (-Rust +Go): %s", i, diff)
		}
	}
	if short > len(requests)/2 {
		t.Errorf("%d of %d sizes are too small to compare anything", short, len(requests))
	}
}

// Trained on the training half of IMDB and judged by reviews of the test half, against
// the trainer as everyone uses it: what differs is what hangs on its random order.
func TestTrainVocabularyIMDB(t *testing.T) {
	if testing.Short() {
		t.Skip("run without -short: it trains three vocabularies on 25,000 reviews")
	}
	reviews := readExamples(t)
	texts := slices.Concat(reviews["train/neg"], reviews["train/pos"])
	held := slices.Concat(reviews["test/neg"][:2500], reviews["test/pos"][:2500])
	request := trainRequest{Texts: texts, Size: 8000, MinFrequency: 2, Alphabet: 200, Pinned: true}
	asItComes := request
	asItComes.Pinned = false
	rust := trainInRust(t, request, asItComes)
	vocab := trainVocabulary(t, texts, request.options())
	if diff := cmp.Diff(rust[0], vocab); diff != "" {
		t.Error("the alphabet in one order (-Rust +Go):", diff)
	}
	same := 0
	for _, piece := range vocab {
		if slices.Contains(rust[1], piece) {
			same++
		}
	}
	length := func(vocab []string) (ids, unknown int) {
		tok, err := tokenizers.New(vocab, tokenizers.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range tok.EncodeAll(held, 0) {
			ids += len(text)
			for _, id := range text {
				if id == tok.UNK() {
					unknown++
				}
			}
		}
		return ids, unknown
	}
	ours, oursUnknown := length(vocab)
	theirs, theirsUnknown := length(rust[1])
	difference := float64(ours)/float64(theirs) - 1
	t.Logf("%d of %d pieces are equal; %d reviews are %d ids (%d [UNK]), with Rust's vocabulary %d (%d [UNK]): %+.4f %%",
		same, len(vocab), len(held), ours, oursUnknown, theirs, theirsUnknown, 100*difference)
	if len(vocab) != request.Size || same < request.Size*99/100 || difference < -0.02 || difference > 0.02 {
		t.Error("expected 99 % of the pieces equal and a length within 2 %")
	}
}

// BenchmarkTrainVocabulary trains 8,000 pieces on the 25,000 reviews of IMDB's training half.
func BenchmarkTrainVocabulary(b *testing.B) {
	reviews := readExamples(b)
	texts := slices.Concat(reviews["train/neg"], reviews["train/pos"])
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		trainVocabulary(b, texts, tokenizers.VocabularyOptions{Size: 8000, Alphabet: 200})
	}
}
