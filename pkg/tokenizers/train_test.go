package tokenizers_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

func ExampleTrainVocabulary() {
	texts := []string{"A film about films.", "The filmmaker films a film!", "the best film"}
	opts := tokenizers.Options{Lowercase: true}
	vocab, err := tokenizers.TrainVocabulary(context.Background(), slices.Values(texts), tokenizers.VocabularyOptions{Size: 40, Tokenizer: opts})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(vocab[:5])
	fmt.Println(vocab[34:])
	tok, err := tokenizers.New(vocab, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok.Tokens(tok.Encode("The best films", 0)))
	// Output:
	// [[PAD] [UNK] [CLS] [SEP] [MASK]]
	// [fi ##lm film th films the]
	// [[CLS] the b ##e ##s ##t films [SEP]]
}

// trainingTexts are of a few letters, so that pairs overlap ("aaa") and many are
// equally common, with other scripts and odd characters between.
func trainingTexts(seed uint64) []string {
	rng := rand.New(rand.NewPCG(seed, 4))
	words := make([]string, 120)
	for i := range words {
		var b strings.Builder
		for range 1 + rng.IntN(9) {
			b.WriteByte("abcdE"[rng.IntN(5)])
		}
		words[i] = b.String()
	}
	texts := make([]string, 60)
	for i := range texts {
		var b strings.Builder
		for range rng.IntN(20) {
			b.WriteString(words[int(float64(len(words))*math.Pow(rng.Float64(), 2))])
			b.WriteString([]string{" ", " ", ", ", "!", "\n", "é", "\u0301", "中", "\u200b"}[rng.IntN(9)])
		}
		texts[i] = b.String() + strings.NewReplacer("[", "(", "]", ")").Replace(randomText(rng, words))
	}
	return texts
}

func trainVocabulary(t testing.TB, texts []string, opts tokenizers.VocabularyOptions) []string {
	t.Helper()
	vocab, err := tokenizers.TrainVocabulary(context.Background(), slices.Values(texts), opts)
	if err != nil {
		t.Fatal(err)
	}
	return vocab
}

// The vocabulary depends on how often each word occurs, on nothing else.
func TestTrainVocabularyCountsWordsOnly(t *testing.T) {
	for seed := range uint64(8) {
		texts := trainingTexts(seed)
		opts := tokenizers.VocabularyOptions{Size: 700, Alphabet: 40, Tokenizer: tokenizers.Options{Lowercase: seed%2 == 0}}
		if seed > 5 {
			opts.Tokenizer.Prefix = "a" // two pairs may then make the same piece
		}
		want := trainVocabulary(t, texts, opts)
		rng := rand.New(rand.NewPCG(seed, 5))
		for _, procs := range []int{1, 2, 7} {
			func() {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				rng.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
				if diff := cmp.Diff(want, trainVocabulary(t, texts, opts)); diff != "" {
					t.Errorf("seed %d, %d processors, other order: %s", seed, procs, diff)
				}
				if diff := cmp.Diff(want, trainVocabulary(t, []string{strings.Join(texts, " ")}, opts)); diff != "" {
					t.Errorf("seed %d, one long text: %s", seed, diff)
				}
			}()
		}
		if seed == 0 && slices.Equal(want, trainVocabulary(t, append(texts, strings.Repeat("qabq ", 99)), opts)) {
			t.Error("99 words more change nothing")
		}
	}
}

// A smaller or choosier vocabulary is the beginning of a larger one; its size is the
// one asked for, to the piece.
func TestTrainVocabularyGrows(t *testing.T) {
	texts := trainingTexts(1)
	all := trainVocabulary(t, texts, tokenizers.VocabularyOptions{Size: 1 << 20, MinFrequency: 1, Alphabet: 20})
	alphabet := slices.IndexFunc(all, func(piece string) bool { // the first piece that was made by joining
		return !strings.HasPrefix(piece, "[") && utf8.RuneCountInString(strings.TrimPrefix(piece, "##")) > 1
	})
	for size := alphabet; size <= len(all); size += 13 {
		got := trainVocabulary(t, texts, tokenizers.VocabularyOptions{Size: size, MinFrequency: 1, Alphabet: 20})
		if !slices.Equal(got, all[:size]) {
			t.Fatalf("size %d: %q", size, got)
		}
	}
	var te *tokenizers.Error
	_, err := tokenizers.TrainVocabulary(context.Background(), slices.Values(texts), tokenizers.VocabularyOptions{Size: alphabet - 1, Alphabet: 20})
	if !errors.As(err, &te) || te.Field != "Size" || !strings.Contains(err.Error(), fmt.Sprintf("expected %d or more", alphabet)) {
		t.Errorf("a size one short of the alphabet's %d: %v", alphabet, err)
	}
	last := len(all)
	for _, frequency := range []int{2, 5, 20, 100, math.MaxInt / 2} {
		got := trainVocabulary(t, texts, tokenizers.VocabularyOptions{Size: 1 << 20, MinFrequency: frequency, Alphabet: 20})
		if len(got) >= last || !slices.Equal(got, all[:len(got)]) {
			t.Fatalf("least frequency %d: %d pieces after %d", frequency, len(got), last)
		}
		last = len(got)
	}
	if last != alphabet {
		t.Errorf("%d pieces where no pair is common enough, the alphabet is %d", last, alphabet)
	}
}

// What the vocabulary was trained on never reads as [UNK], but for the characters
// that were left out.
func TestTrainVocabularySpellsItsTexts(t *testing.T) {
	for name, opts := range map[string]tokenizers.Options{
		"cased": {}, "uncased": {Lowercase: true}, "controls": {KeepControls: true}, "long": {MaxWordRunes: 5},
		"other tokens": {CLS: "<s>", SEP: "</s>", PAD: "<pad>", MASK: "<mask>", UNK: "<unk>", Prefix: "@@"},
		"added":        {Added: []tokenizers.AddedToken{{Content: "aab"}, {Content: "Zz", Normalized: true}}},
	} {
		texts := append(trainingTexts(2), "x[MASK]y aab aabc <mask> zz Zz")
		vocab := trainVocabulary(t, texts, tokenizers.VocabularyOptions{Size: 3000, MinFrequency: 1, Alphabet: 1 << 20, Tokenizer: opts})
		tok, err := tokenizers.New(vocab, opts)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, text := range texts {
			for _, id := range tok.Encode(text, 0) {
				if id == tok.UNK() && name != "long" {
					t.Fatalf("%s: %+q: %q", name, text, tok.Tokens(tok.Encode(text, 0)))
				}
			}
		}
		joined := strings.Join(vocab[5:], " ")
		if name == "added" && (strings.Contains(joined, "Zz") || slices.Contains(vocab, "Z")) {
			t.Errorf("the added token Zz was counted: %q", vocab)
		}
		if name == "long" && slices.ContainsFunc(vocab[5:], func(s string) bool { return len([]rune(strings.TrimPrefix(s, "##"))) > 5 }) {
			t.Errorf("a piece that is longer than words may be: %q", vocab)
		}
	}
}

func TestTrainVocabularyRefuses(t *testing.T) {
	some := slices.Values([]string{"some text, some words"})
	for name, c := range map[string]struct {
		texts iter.Seq[string]
		opts  tokenizers.VocabularyOptions
		field string
		kind  error
		want  string
	}{
		"a negative size":      {some, tokenizers.VocabularyOptions{Size: -1}, "Size", nil, "is -1"},
		"a negative frequency": {some, tokenizers.VocabularyOptions{MinFrequency: -2}, "MinFrequency", nil, "is -2"},
		"a negative alphabet":  {some, tokenizers.VocabularyOptions{Alphabet: -3}, "Alphabet", nil, "is -3"},
		"too small":            {some, tokenizers.VocabularyOptions{Size: 22}, "Size", nil, "is 22, expected 23 or more, the number of special tokens and characters"},
		"smaller than special": {some, tokenizers.VocabularyOptions{Size: 2}, "Size", nil, "is 2,"},
		"no text":              {slices.Values([]string(nil)), tokenizers.VocabularyOptions{}, "", tokenizers.ErrNoWords, "contain no word"},
		"no words":             {slices.Values([]string{"", " \n", "\x00[MASK]\u200b"}), tokenizers.VocabularyOptions{}, "", tokenizers.ErrNoWords, "contain no word"},
		"a broken prefix":      {some, tokenizers.VocabularyOptions{Tokenizer: tokenizers.Options{Prefix: "\xff"}}, "Tokenizer.Prefix", nil, `"\xff"`},
		"a prefix of lines":    {some, tokenizers.VocabularyOptions{Tokenizer: tokenizers.Options{Prefix: "\n"}}, "Tokenizer.Prefix", nil, `"\n"`},
		"a negative length":    {some, tokenizers.VocabularyOptions{Tokenizer: tokenizers.Options{MaxWordRunes: -1}}, "MaxWordRunes", nil, "is -1"},
		"an added token twice": {some, tokenizers.VocabularyOptions{Tokenizer: tokenizers.Options{Added: []tokenizers.AddedToken{{Content: "x"}, {Content: "x"}}}},
			"added tokens", tokenizers.ErrVocabulary, "listed twice"},
	} {
		t.Run(name, func(t *testing.T) {
			vocab, err := tokenizers.TrainVocabulary(context.Background(), c.texts, c.opts)
			var te *tokenizers.Error
			if vocab != nil || !errors.As(err, &te) || te.Field != c.field || c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %v about %q with %q, got %v", c.kind, c.field, c.want, err)
			}
		})
	}
}

func TestTrainVocabularyStops(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx, cancel := context.WithCancelCause(context.Background())
	endless := func(yield func(string) bool) {
		for i := 0; yield(fmt.Sprint("text number ", i)); i++ {
			if i == 1000 {
				cancel(errors.New("enough"))
			}
		}
	}
	if vocab, err := tokenizers.TrainVocabulary(ctx, endless, tokenizers.VocabularyOptions{}); vocab != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("stopped while it read: %q, %v", vocab, err)
	}
	func() {
		defer func() {
			if r := recover(); r != "broken" {
				t.Errorf("the texts' panic came back as %v", r)
			}
		}()
		_, _ = tokenizers.TrainVocabulary(context.Background(), func(func(string) bool) { panic("broken") }, tokenizers.VocabularyOptions{})
	}()
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are left, there were %d", runtime.NumGoroutine(), before)
		}
	}
}

// Whatever the text and the options: an error that names what is wrong, or a
// vocabulary that the tokenizer takes and that spells the text.
func FuzzTrainVocabulary(f *testing.F) {
	f.Add("aaa aab ab b", "##", 20, 1, 3, uint8(0))
	f.Add("Été \u0301\u200b中国 \xff\x00\r\n[MASK]", "a", 50, 2, 9, uint8(7))
	f.Add("İß ﬁ 각 ǆ ab abab ababab", "[", 0, 0, 0, uint8(3))
	f.Fuzz(func(t *testing.T, text, prefix string, size, frequency, alphabet int, flags uint8) {
		opts := tokenizers.VocabularyOptions{Size: size, MinFrequency: frequency, Alphabet: alphabet, Tokenizer: tokenizers.Options{
			Lowercase: flags&1 != 0, KeepControls: flags&2 != 0, KeepChineseWords: flags&4 != 0, Prefix: prefix,
		}}
		var vocab []string
		var err error
		memorytest.Bounded(t, 2*len(text), func() {
			vocab, err = tokenizers.TrainVocabulary(context.Background(), slices.Values([]string{text, text}), opts)
		})
		if err != nil {
			if te := new(tokenizers.Error); !errors.As(err, &te) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if size > 0 && len(vocab) > size {
			t.Fatalf("%d pieces, %d were asked for", len(vocab), size)
		}
		tok, err := tokenizers.New(vocab, opts.Tokenizer)
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(text) {
			if len(word) > 100 || alphabet > 0 && alphabet < len(text) || len(text) > 1000 || strings.Contains(word, "[UNK]") {
				continue
			}
			if ids := tok.Encode(word, 0); slices.Contains(ids, tok.UNK()) {
				t.Fatalf("%+q of %+q is %q in %q", word, text, tok.Tokens(ids), vocab)
			}
		}
	})
}
