package tokenizers

import (
	"strings"
	"testing"
)

// Difference names each setting that changes ids, and none that does not.
func TestDifference(t *testing.T) {
	vocab := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##b"}
	make := func(change func(vocab []string, o *Options) []string) *Tokenizer {
		t.Helper()
		var o Options
		pieces := change(append([]string{}, vocab...), &o)
		tok, err := New(pieces, o)
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	same := func(v []string, _ *Options) []string { return v }
	base := make(same)
	yes := true
	for _, test := range []struct {
		want   string
		change func(v []string, o *Options) []string
	}{
		{"", same},
		{"", func(v []string, o *Options) []string { o.KeepSpaces = true; return v }},
		{"lower-cases letters: true, expected false", func(v []string, o *Options) []string { o.Lowercase = true; return v }},
		{"strips accents: true, expected false", func(v []string, o *Options) []string { o.StripAccents = &yes; return v }},
		{"control characters", func(v []string, o *Options) []string { o.KeepControls = true; return v }},
		{"CJK", func(v []string, o *Options) []string { o.KeepChineseWords = true; return v }},
		{"prefix of pieces", func(v []string, o *Options) []string { o.Prefix = "@@"; return v }},
		{"longest word: 7", func(v []string, o *Options) []string { o.MaxWordRunes = 7; return v }},
		{"9 tokens, expected 8", func(v []string, o *Options) []string { return append(v, "c") }},
		{`no token "b", expected id 6`, func(v []string, o *Options) []string { v[6] = "c"; return v }},
		{`the token "a" has id 6, expected 5`, func(v []string, o *Options) []string { v[5], v[6] = v[6], v[5]; return v }},
		{`the token MASK is "a"`, func(v []string, o *Options) []string { o.MASK = "a"; return v }},
		{`"a" is an added token that is found before normalization`, func(v []string, o *Options) []string { o.Added = []AddedToken{{Content: "a"}}; return v }},
		{`"a" is an added token that is found after normalization`, func(v []string, o *Options) []string {
			o.Added = []AddedToken{{Content: "a", Normalized: true}}
			return v
		}},
		{`"[MASK]" is an added token that is found before normalization with other settings`, func(v []string, o *Options) []string {
			o.Added = []AddedToken{{Content: "[MASK]", LStrip: true, Special: true}}
			return v
		}},
		{"without added tokens, 7 tokens, expected 8", func(v []string, o *Options) []string {
			o.Added = []AddedToken{{Content: "##b", Special: true}}
			return v[:7]
		}},
	} {
		got := make(test.change).Difference(base)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
