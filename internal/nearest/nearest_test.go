package nearest

import (
	"slices"
	"testing"
)

func TestNames(t *testing.T) {
	parameters := []string{"run", "model", "data", "train", "test", "maxLength", "epochs", "rank", "seed"}
	for _, test := range []struct {
		name  string
		known []string
		want  []string
	}{
		{"mdoel", parameters, []string{"model"}},
		{"modl", parameters, []string{"model"}},
		{"maxlength", parameters, []string{"maxLength"}},
		{"max_length", parameters, []string{"maxLength"}},
		{"tran", parameters, []string{"train"}},
		{"ran", parameters, []string{"run", "rank"}},
		{"tests", parameters, []string{"test"}},
		{"model", parameters, nil},
		{"colour", parameters, nil},
		{"", parameters, nil},
		{"imbd", []string{"sample", "imdb"}, []string{"imdb"}},
		{"lorabok-tiny", []string{"lorabook-tiny", "bert-base-cased"}, []string{"lorabook-tiny"}},
		{"bert-base-casd", []string{"bert-base-uncased", "bert-base-cased"}, []string{"bert-base-cased"}},
		{"größe", []string{"grosse", "größen"}, []string{"größen"}},
		{"x", nil, nil},
	} {
		if got := Names(test.name, test.known); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ca", "abc", 3}, {"model", "mdoel", 1}} {
		if got := distance([]rune(test.a), []rune(test.b)); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestHint(t *testing.T) {
	if got := Hint("ran", []string{"run", "rank"}); got != `: did you mean "run" or "rank"?` {
		t.Error(got)
	}
	if got := Hint("colour", []string{"run"}); got != "" {
		t.Error(got)
	}
}
