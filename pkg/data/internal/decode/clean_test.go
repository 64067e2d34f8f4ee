package decode

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorabook/lorabook/internal/memorytest"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "",
		" \t\n":                              "",
		"plain text":                         "plain text",
		"  two  ends ":                       "two ends",
		"one<br />two":                       "one\ntwo",
		"one<br /><br />two":                 "one\ntwo",
		"one <BR>two<br/> three<Br\t/ >four": "one\ntwo\nthree\nfour",
		"<br />first and last<br>":           "first and last",
		"a\rb":                               "a\nb",
		"a\r\n\r\nb":                         "a\nb",
		"Tom &amp; Jerry &#8230; &quot;x&quot; &#345;": `Tom & Jerry … "x" ř`,
		"a&nbsp;&nbsp;b":                      "a b",
		"an ellipsis\u0085and more":           "an ellipsis and more",
		"AT&T, R&B; 5 < 6 > 4, a<b, <brr>, <": "AT&T, R&B; 5 < 6 > 4, a<b, <brr>, <",
		"<sigh> <i>so</i>":                    "<sigh> <i>so</i>",
		// A tag that the author wrote about is text, not a line break.
		"the tag &lt;br /&gt;": "the tag <br />",
		"<br":                  "<br",
		"<br /":                "<br /",
	} {
		t.Run(fmt.Sprintf("%q", in), func(t *testing.T) {
			if got := Clean(in); got != want {
				t.Errorf("clean(%q) = %q, want %q", in, got, want)
			}
		})
	}
}

var anyBreak = regexp.MustCompile(`(?i)<br[ \t\r\n]*/?[ \t\r\n]*>`)

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"one<br />two", "&lt;br&gt;", "<br <br />>", " \u0085&nbsp;x", "&#0;&#x110000;&nGt;", "a\xff b", "<BR\n/>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var out string
		memorytest.Bounded(t, len(in), func() { out = Clean(in) })
		if utf8.ValidString(in) && !utf8.ValidString(out) {
			t.Fatalf("%q became invalid: %q", in, out)
		}
		if out != strings.TrimSpace(out) {
			t.Fatalf("%q keeps white space at its ends: %q", in, out)
		}
		for _, pair := range []string{"  ", " \n", "\n ", "\n\n", "\t", "\r"} {
			if strings.Contains(out, pair) {
				t.Fatalf("%q holds %q", out, pair)
			}
		}
		// Without entities, no line break tag is left and no word is lost.
		if strings.Contains(in, "&") {
			return
		}
		want := strings.Fields(anyBreak.ReplaceAllString(in, "\n"))
		if got := strings.Fields(out); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Fatalf("%q became %q, want the words %q", in, out, want)
		}
		// Removing a tag may leave another: "<br <br>>". Else nothing is left to do.
		if !anyBreak.MatchString(out) && Clean(out) != out {
			t.Fatalf("cleaning %q again changes it: %q", out, Clean(out))
		}
	})
}
