package encoding_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tiny"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// tokenizer returns the tokenizer of lorabook-tiny, and its folder.
func tokenizer(t *testing.T) (*tokenizers.Tokenizer, string) {
	t.Helper()
	dir, err := bert.Resolve(context.Background(), tiny.Name, bert.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer, dir
}

// randomPairs returns pairs of 0 to 40 words each, with special tokens among them.
func randomPairs(n int) []data.Example {
	rng := rand.New(rand.NewPCG(3, 4))
	words := []string{"the", "film", "was", "unforgettable", "slow,", "clockmaker's", "and", "好", "[SEP]", "[MASK]", "a", "sister.", "2026"}
	text := func(longest int) string {
		list := make([]string, rng.IntN(longest+1))
		for i := range list {
			list[i] = words[rng.IntN(len(words))]
		}
		return strings.Join(list, " ")
	}
	examples := make([]data.Example, n)
	for i := range examples {
		longest := []int{2, 12, 40}
		examples[i] = data.Example{ID: fmt.Sprint(i), Text: text(longest[rng.IntN(3)]), TextPair: text(longest[rng.IntN(3)])}
	}
	return examples
}

// row is a row as transformers returns it: token ids and token types.
type row [2][]int32

// rowsOf returns the rows of each example.
func rowsOf(r *encoding.Rows, examples int) [][]row {
	all := make([][]row, examples)
	for i, ids := range r.IDs {
		types := make([]int32, len(ids))
		if r.FirstLengths != nil {
			for at := int(r.FirstLengths[i]); at < len(types); at++ {
				types[at] = 1
			}
		}
		all[r.Example(i)] = append(all[r.Example(i)], row{ids, types})
	}
	return all
}

// TestAgainstTransformers compares the token ids and types of random texts and pairs, of every
// maximum length up to that of the longest pair, with transformers.
func TestAgainstTransformers(t *testing.T) {
	python := testenv.Need(t, "LORABOOK_PYTHON")
	tokenizer, dir := tokenizer(t)
	examples := randomPairs(24)
	longest := 0
	for _, ids := range (encoding.Encoder{Tokenizer: tokenizer, Pairs: true}).Encode(examples).IDs {
		longest = max(longest, len(ids))
	}
	given := struct {
		Texts   []string `json:"texts"`
		Pairs   []string `json:"pairs"`
		Lengths []int    `json:"lengths"`
	}{Texts: data.Texts(examples)}
	for _, e := range examples {
		given.Pairs = append(given.Pairs, e.TextPair)
	}
	for n := 5; n <= longest+1; n++ {
		given.Lengths = append(given.Lengths, n)
	}
	in, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, filepath.Join("testdata", "encoding_reference.py"), dir)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []map[string][][]row
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	compared, windows := 0, 0
	for at, n := range given.Lengths {
		for kind, rows := range want[at] {
			form, truncation, _ := strings.Cut(kind, "/")
			encoder := encoding.Encoder{Tokenizer: tokenizer, MaxLength: n, Truncation: encoding.Truncation(truncation), Pairs: form == "pair"}
			got := rowsOf(encoder.Encode(examples), len(examples))
			for i := range examples {
				if rows[i] == nil {
					continue
				}
				compared++
				windows += len(rows[i]) - 1
				same := slices.EqualFunc(got[i], rows[i], func(a, b row) bool { return slices.Equal(a[0], b[0]) && slices.Equal(a[1], b[1]) })
				if !same {
					t.Fatalf("%s, at most %d tokens, %q and %q:\n got %v\nwant %v", kind, n, examples[i].Text, examples[i].TextPair, got[i], rows[i])
				}
			}
		}
	}
	t.Logf("%d encodings of %d maximum lengths are equal, with %d further windows", compared, len(given.Lengths), windows)
	if compared < 5_000 || windows < 2_000 {
		t.Errorf("too few are compared")
	}
}
