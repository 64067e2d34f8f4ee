package encoding_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// Head encodes single texts as Tokenizer.EncodeAll does, and pairs as EncodePair.
func TestHeadIsTheTokenizersEncoding(t *testing.T) {
	tokenizer, _ := tokenizer(t)
	examples := randomPairs(80)
	for n := range 60 {
		for _, truncation := range []encoding.Truncation{"", encoding.Head} {
			got := encoding.Encoder{Tokenizer: tokenizer, MaxLength: n, Truncation: truncation}.Encode(examples)
			if want := tokenizer.EncodeAll(data.Texts(examples), n); !slices.EqualFunc(got.IDs, want, slices.Equal) {
				t.Fatalf("at most %d tokens: %v, expected %v", n, got.IDs, want)
			}
			if got.Extra() != nil || got.Tensors(batching.Batch{Rows: 1, Index: []int{0}}) != nil || got.FirstLengths != nil || got.Windows() != nil {
				t.Fatal("single texts have token types or windows")
			}
		}
		got := rowsOf(encoding.Encoder{Tokenizer: tokenizer, MaxLength: n, Pairs: true}.Encode(examples), len(examples))
		for i, e := range examples {
			ids, types := tokenizer.EncodePair(e.Text, e.TextPair, n)
			if !slices.Equal(got[i][0][0], ids) || !slices.Equal(got[i][0][1], types) {
				t.Fatalf("at most %d tokens, %q and %q: %v, expected %v %v", n, e.Text, e.TextPair, got[i], ids, types)
			}
		}
	}
}

// Every truncation reads an example that fits as a whole.
func TestShortExamplesAreWhole(t *testing.T) {
	tokenizer, _ := tokenizer(t)
	examples := randomPairs(40)
	for _, pairs := range []bool{false, true} {
		want := encoding.Encoder{Tokenizer: tokenizer, Pairs: pairs}.Encode(examples)
		for _, truncation := range encoding.Truncations {
			got := encoding.Encoder{Tokenizer: tokenizer, MaxLength: 1000, Truncation: truncation, Pairs: pairs}.Encode(examples)
			cut := got.Cut
			cut.Windows, cut.MaxLength, cut.Truncation = 0, 0, ""
			if !slices.EqualFunc(got.IDs, want.IDs, slices.Equal) || !slices.Equal(got.FirstLengths, want.FirstLengths) || cut != want.Cut || cut.Long+cut.CutTokens > 0 {
				t.Errorf("%s, pairs %v: short examples are not whole: %+v", truncation, pairs, got.Cut)
			}
		}
	}
}

// long returns a text of n words that are one token each, and the ids of these tokens.
func long(t *testing.T, n int) (text string, ids []int32) {
	t.Helper()
	tokenizer, _ := tokenizer(t)
	words := []string{"the", "film", "was", "good", "a", "and", "of"}
	list := make([]string, n)
	for i := range list {
		list[i] = words[(i*i+i/7)%len(words)]
	}
	text = strings.Join(list, " ")
	ids = tokenizer.Encode(text, 0)
	if len(ids) != n+2 {
		t.Fatalf("%d tokens of %d words", len(ids), n)
	}
	return text, ids[1 : n+1]
}

// The numbers of tokens are those of the documentation.
func TestTruncations(t *testing.T) {
	tokenizer, _ := tokenizer(t)
	text, whole := long(t, 1200)
	encode := func(truncation encoding.Truncation, maxLength int) *encoding.Rows {
		return encoding.Encoder{Tokenizer: tokenizer, MaxLength: maxLength, Truncation: truncation}.Encode([]data.Example{{Text: text}})
	}
	for _, c := range []struct {
		truncation             encoding.Truncation
		maxLength, first, last int
	}{
		{encoding.Head, 512, 510, 0}, {encoding.Tail, 512, 0, 510},
		{encoding.HeadTail, 512, 128, 382}, {encoding.HeadTail, 256, 64, 190}, {encoding.HeadTail, 64, 16, 46}, {encoding.HeadTail, 3, 0, 1},
	} {
		r := encode(c.truncation, c.maxLength)
		want := slices.Concat([]int32{tokenizer.CLS()}, whole[:c.first], whole[len(whole)-c.last:], []int32{tokenizer.SEP()})
		if len(r.IDs) != 1 || !slices.Equal(r.IDs[0], want) {
			t.Errorf("%s of %d: %v, expected the first %d and the last %d tokens", c.truncation, c.maxLength, r.IDs, c.first, c.last)
		}
		if want := (encoding.Cut{MaxLength: c.maxLength, Truncation: c.truncation, Examples: 1, Long: 1, Tokens: 1200, CutTokens: 1200 - c.first - c.last}); r.Cut != want {
			t.Errorf("%s of %d: %+v, expected %+v", c.truncation, c.maxLength, r.Cut, want)
		}
	}
	r := encode(encoding.Windows, 512) // windows of 510 tokens, 170 of them in the next one too
	starts := []int{0, 340, 680, 1020} // the third ends before the last token
	if len(r.IDs) != len(starts) {
		t.Fatalf("%d windows, expected %d", len(r.IDs), len(starts))
	}
	for i, from := range starts {
		want := slices.Concat([]int32{tokenizer.CLS()}, whole[from:min(from+510, 1200)], []int32{tokenizer.SEP()})
		if !slices.Equal(r.IDs[i], want) || r.Example(i) != 0 || r.Examples[i].Text != text {
			t.Errorf("window %d does not begin at token %d", i, from)
		}
	}
	if want := (encoding.Cut{MaxLength: 512, Truncation: encoding.Windows, Examples: 1, Long: 1, Tokens: 1200, Windows: 4}); r.Cut != want {
		t.Errorf("%+v, expected %+v", r.Cut, want)
	}
	if text := r.Cut.String(); !strings.Contains(text, "1 of 1 examples, 100 %, have more than 512 tokens; they are read in windows, 4 in all") {
		t.Errorf("the description is %q", text)
	}
}

// The cut texts of pairs are counted by text.
func TestCutOfPairs(t *testing.T) {
	tokenizer, _ := tokenizer(t)
	short, _ := long(t, 4)
	text, whole := long(t, 50)
	examples := []data.Example{{Text: text, TextPair: short}, {Text: short, TextPair: text}, {Text: text, TextPair: text}, {Text: short}}
	e := encoding.Encoder{Tokenizer: tokenizer, MaxLength: 33, Pairs: true, Truncation: encoding.Tail}
	r := e.Encode(examples)
	if want := (encoding.Cut{MaxLength: 33, Truncation: encoding.Tail, Examples: 4, Long: 3, First: 2, Second: 2, Tokens: 212, CutTokens: 24 + 24 + 70}); r.Cut != want {
		t.Errorf("%+v, expected %+v", r.Cut, want)
	}
	if want := []int32{28, 6, 17, 6}; !slices.Equal(r.FirstLengths, want) {
		t.Errorf("the first texts have %v tokens, expected %v", r.FirstLengths, want)
	}
	if !slices.Equal(r.IDs[0][1:27], whole[24:]) || len(r.IDs[3]) != 7 {
		t.Errorf("the tokens are %v", r.IDs)
	}
	e.Truncation = encoding.Windows
	r = e.Encode(examples)
	if want := (encoding.Cut{MaxLength: 33, Truncation: encoding.Windows, Examples: 4, Long: 3, First: 2, Second: 2, Tokens: 212, CutTokens: 35, Windows: len(r.IDs)}); r.Cut != want {
		t.Errorf("in windows: %+v, expected %+v", r.Cut, want)
	}
	if want := []int{3, 3, 5, 1}; !slices.Equal(r.Windows(), want) {
		t.Errorf("%v windows, expected %v", r.Windows(), want)
	}
	both := encoding.Concat(r, r)
	if both.Example(12) != 4 || len(both.IDs) != 24 || both.Cut.Examples != 8 || len(both.FirstLengths) != 24 || len(both.Extra()) != 1 {
		t.Errorf("concatenated rows: example %d of row 12, %+v", both.Example(12), both.Cut)
	}
}

// A record is read as it was written; unknown content is refused.
func TestRecord(t *testing.T) {
	dir := t.TempDir()
	for _, e := range []encoding.Encoder{
		{Pairs: true, MaxLength: 256}, {Truncation: encoding.Windows, MaxLength: 64}, {Truncation: encoding.HeadTail, MaxLength: 64, Pairs: true}, {MaxLength: 256, Truncation: encoding.Head},
	} {
		want := encoding.RecordOf(e)
		if err := want.Write(dir); err != nil {
			t.Fatal(err)
		}
		if got, err := encoding.ReadRecord(dir); err != nil || got != want {
			t.Errorf("%+v (%v), expected %+v", got, err, want)
		}
	}
	path := filepath.Join(dir, encoding.RecordFile)
	if _, err := os.Stat(path); err == nil {
		t.Error("the default encoding is written")
	}
	for text, want := range map[string]string{
		`{"truncation": "middle", "max_length": 8}`: `truncation is "middle", expected one of ["head" "tail" "head+tail" "windows"]`,
		`{"truncation": "tail"}`:                    "max_length is 0",
		`{"max_length": 8}`:                         "max_length is 8",
		`{"stride": 3}`:                             `unknown field "stride"`,
		`[]`:                                        "expected an object such as",
		"version https://git-lfs.github.com/spec/v1\noid x\n": "git lfs pull",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := encoding.ReadRecord(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, expected one with %q", text, err, want)
		}
	}
}
