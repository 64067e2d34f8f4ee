package tokenizers_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

func ExampleTokenizer() {
	vocab := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "was", "un", "##believ", "##able", "!"}
	tok, err := tokenizers.New(vocab, tokenizers.Options{Lowercase: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	ids := tok.Encode("The film was unbelievable!", 0)
	fmt.Println(ids)
	fmt.Println(tok.Tokens(ids))
	fmt.Println(tok.Decode(ids))
	fmt.Println(tok.Tokens(tok.Encode("The film was [MASK]!", 6)))
	// Output:
	// [2 5 6 7 8 9 10 11 3]
	// [[CLS] the film was un ##believ ##able ! [SEP]]
	// the film was unbelievable!
	// [[CLS] the film was [MASK] [SEP]]
}

func TestNewRefuses(t *testing.T) {
	specials := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
	with := func(more ...string) []string { return append(slices.Clone(specials), more...) }
	for name, c := range map[string]struct {
		vocab []string
		opts  tokenizers.Options
		kind  error
		want  string
	}{
		"no pieces":         {nil, tokenizers.Options{}, tokenizers.ErrVocabulary, "empty"},
		"a piece twice":     {with("a", "b", "a"), tokenizers.Options{}, tokenizers.ErrVocabulary, `:8: the piece "a" is also in line 6`},
		"an empty piece":    {with("a", ""), tokenizers.Options{}, tokenizers.ErrVocabulary, ":7:"},
		"bytes":             {with("\xff"), tokenizers.Options{}, tokenizers.ErrVocabulary, "UTF-8"},
		"a line's end":      {with("a\r"), tokenizers.Options{}, tokenizers.ErrVocabulary, "end of a line"},
		"no [MASK]":         {specials[:4], tokenizers.Options{}, tokenizers.ErrSpecialToken, `"[MASK]" (MASK)`},
		"another CLS":       {with("a"), tokenizers.Options{CLS: "<s>"}, tokenizers.ErrSpecialToken, `"<s>" (CLS)`},
		"a negative length": {with("a"), tokenizers.Options{MaxWordRunes: -1}, nil, "MaxWordRunes"},
		"an added token twice": {with("a"), tokenizers.Options{Added: []tokenizers.AddedToken{{Content: "x"}, {Content: "x"}}},
			tokenizers.ErrVocabulary, "listed twice"},
		"added tokens that clean-up makes the same": {with("a"), tokenizers.Options{Lowercase: true, Added: []tokenizers.AddedToken{{Content: "<a>", Normalized: true}, {Content: "<A>", Normalized: true}}},
			tokenizers.ErrVocabulary, `"<a>" and "<A>" are both "<a>"`},
		"an added token that clean-up removes": {with("a"), tokenizers.Options{Added: []tokenizers.AddedToken{{Content: "\u200b", Normalized: true}}},
			tokenizers.ErrVocabulary, "never be found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tokenizers.New(c.vocab, c.opts)
			var te *tokenizers.Error
			if !errors.As(err, &te) || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %v with %q, got %v", c.kind, c.want, err)
			}
		})
	}
}

func TestEncodeTruncates(t *testing.T) {
	tok := variant(t, "mini-cased")
	text := "Hello world, the capital of France is [MASK] unbelievableness"
	whole := tok.Encode(text, 0)
	for n := -1; n <= len(whole)+1; n++ {
		got := tok.Encode(text, n)
		switch {
		case n <= 0 || n >= len(whole):
			if !slices.Equal(got, whole) {
				t.Errorf("maxLen %d: %v", n, got)
			}
		case len(got) != n, got[0] != tok.CLS(), n > 1 && got[n-1] != tok.SEP(), n > 1 && !slices.Equal(got[:n-1], whole[:n-1]):
			t.Errorf("maxLen %d: %q", n, tok.Tokens(got))
		}
	}
	for n := 1; n < 8; n++ {
		ids, types := tok.EncodePair("Hello world", "of France", n)
		if len(ids) != len(types) || len(ids) > n {
			t.Errorf("maxLen %d: %d ids, %d types", n, len(ids), len(types))
		}
	}
}

func TestTokenizerAnswersForAnyID(t *testing.T) {
	tok := variant(t, "mini-added")
	for _, id := range []int32{-1, int32(tok.VocabSize()), 1 << 30} {
		if got := tok.Tokens([]int32{id}); got[0] != fmt.Sprintf("<id %d>", id) {
			t.Errorf("Tokens: %q", got)
		}
		if got := tok.Decode([]int32{id}); got != fmt.Sprintf("<id %d>", id) {
			t.Errorf("Decode: %q", got)
		}
	}
	for id := range int32(tok.VocabSize()) {
		if back, ok := tok.ID(tok.Tokens([]int32{id})[0]); !ok || back != id {
			t.Errorf("id %d comes back as %d", id, back)
		}
	}
	if _, ok := tok.ID("no such piece"); ok {
		t.Error("an unknown piece has an id")
	}
	for want, got := range map[string]int32{"[CLS]": tok.CLS(), "[SEP]": tok.SEP(), "[PAD]": tok.PAD(), "[MASK]": tok.MASK(), "[UNK]": tok.UNK()} {
		if id, _ := tok.ID(want); id != got {
			t.Errorf("%s has id %d, want %d", want, got, id)
		}
	}
}

// One tokenizer, many goroutines; its cache of words overflows on the way. Run
// with -race.
func TestTokenizerIsShared(t *testing.T) {
	tok := variant(t, "mini-uncased")
	texts := make([]string, 4000)
	for i := range texts {
		texts[i] = fmt.Sprintf("Word%d hello un%dness %d [MASK] café%d", i, i*7, i*i, i%13)
	}
	want := make([][]int32, len(texts))
	for i, text := range texts {
		want[i] = tok.Encode(text, 0)
	}
	var running sync.WaitGroup
	for n := range 4 {
		running.Go(func() {
			if n%2 == 0 {
				for i, ids := range tok.EncodeAll(texts, 0) {
					if !slices.Equal(ids, want[i]) {
						t.Errorf("%q: %v, want %v", texts[i], ids, want[i])
						return
					}
				}
				return
			}
			for i, text := range texts {
				if !slices.Equal(tok.Encode(text, 0), want[i]) {
					t.Errorf("%q differs", text)
					return
				}
			}
		})
	}
	running.Wait()
	if got := tok.EncodeAll(nil, 0); len(got) != 0 {
		t.Errorf("no texts: %v", got)
	}
}

// Whatever the text: ids are known, the frame stands, and encoding what was
// decoded from words of the vocabulary changes nothing more.
func FuzzTokenizer(f *testing.F) {
	for _, seed := range []string{"", "Hello, [MASK]!", "e\u0301\u0323\u302e中\u200d\xff\x00", "[CLS][", strings.Repeat("é", 120), "İß ﬁ 각 ǆ"} {
		f.Add(seed, seed, 7)
	}
	var toks []*tokenizers.Tokenizer
	for _, name := range []string{"mini-cased", "mini-uncased", "mini-controls", "mini-added"} {
		toks = append(toks, variant(f, name))
	}
	f.Fuzz(func(t *testing.T, a, b string, maxLen int) {
		for _, tok := range toks {
			var ids []int32
			memorytest.Bounded(t, len(a), func() { ids = tok.Encode(a, maxLen) })
			for _, id := range ids {
				if id < 0 || int(id) >= tok.VocabSize() {
					t.Fatalf("id %d of %d", id, tok.VocabSize())
				}
			}
			if maxLen > 0 && len(ids) > maxLen {
				t.Fatalf("%d ids, at most %d were asked for", len(ids), maxLen)
			}
			if len(ids) == 0 || ids[0] != tok.CLS() || (maxLen <= 0 || maxLen > 1) && ids[len(ids)-1] != tok.SEP() {
				t.Fatalf("no frame: %q", tok.Tokens(ids))
			}
			// Appending a space and a word appends pieces, and changes none before.
			longer := tok.Encode(a+" hello", 0)
			if whole := tok.Encode(a, 0); !slices.Equal(longer[:len(whole)-1], whole[:len(whole)-1]) {
				t.Fatalf("%q changed before the word that was appended to it", a)
			}
			var pair, types []int32
			memorytest.Bounded(t, len(a)+len(b), func() { pair, types = tok.EncodePair(a, b, maxLen) })
			if len(pair) != len(types) || maxLen > 0 && len(pair) > maxLen {
				t.Fatalf("pair of %d ids, %d types, at most %d", len(pair), len(types), maxLen)
			}
			text := tok.Decode(ids)
			if again := tok.Decode(tok.Encode(text, 0)); !slices.Contains(ids, tok.UNK()) && again != tok.Decode(tok.Encode(again, 0)) {
				t.Fatalf("%q does not settle: %q", text, again)
			}
		}
	})
}
