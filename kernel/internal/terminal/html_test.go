package terminal

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
)

var htmlCases = map[string]string{
	"plain <b>&\n":                          "plain &lt;b&gt;&amp;\n",
	"\x1b[31mred\x1b[0m no":                 `<span class="term-fg31">red</span> no`,
	"\x1b[91;104mx\x1b[0m":                  `<span class="term-fgi91 term-bgi104">x</span>`,
	"\x1b[38;2;255;100;0mx\x1b[0m":          `<span style="color:rgb(255,100,0)">x</span>`,
	"\x1b[38;2;0;1;4;31;1mx":                `<span class="term-fg31 term-fg1">x</span>`,
	"\x1b[48;2;250;250;250;30mx":            `<span class="term-fg30" style="background-color:rgb(250,250,250)">x</span>`,
	"\x1b[7mx\x1b[27my":                     `<span class="term-inverse-fg term-inverse-bg">x</span>y`,
	"\x1b[7;31mx\x1b[0m":                    `<span class="term-inverse-fg term-bg41">x</span>`,
	"\x1b[7;44mx\x1b[0m":                    `<span class="term-fg34 term-inverse-bg">x</span>`,
	"\x1b[32;41;7mx\x1b[0m":                 `<span class="term-fg31 term-bg42">x</span>`,
	"\x1b[38;2;1;2;3;48;2;4;5;6;7mx\x1b[0m": `<span style="color:rgb(4,5,6);background-color:rgb(1,2,3)">x</span>`,
	"\x1b[4mx\x1b[24my":                     `<span class="term-fg4">x</span>y`,
	"\x1b[31m1%\r\x1b[32m100%":              `<span class="term-fg32">100%</span>`,
	"\x1b[38;2;300;0;0mx":                   "x",
	"\x1b[38;2mx":                           "x",
	"a\x1b[999mb":                           "ab",
	"\x1b[31mone\ntwo\x1b[39m":              "<span class=\"term-fg31\">one\ntwo</span>",
}

func TestHTML(t *testing.T) {
	for text, want := range htmlCases {
		if got := HTML(text); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
	for text, want := range map[string]string{ // what nbconvert has not, or otherwise
		"\x1b[3;9mx":              `<span class="term-fg3 term-fg9">x</span>`,
		"\x1b[38;5;200;48;5;16mx": `<span class="term-fgx200 term-bgx16">x</span>`,
		"a  \nb\x1b[41m  \n":      "a\nb<span class=\"term-bg41\">  \n</span>",
		"\x1b[38:2::255:100:0mx":  `<span style="color:rgb(255,100,0)">x</span>`,
		"\x1b[48;2;250;250;250mx": `<span style="background-color:rgb(250,250,250);color:#000">x</span>`,
		"\x1b]8;;https://go.dev/?a=1&b=\"2\x07Go\x1b]8;;\x07":        `<a href="https://go.dev/?a=1&amp;b=&#34;2" rel="nofollow">Go</a>`,
		"\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07\x00\x08\x1b[5": "",
	} {
		if want == "" {
			want = "x"
		}
		if got := HTML(text); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestHTMLAgainstNbconvert: nbconvert's ansi2html gives the same spans, with its names.
func TestHTMLAgainstNbconvert(t *testing.T) {
	python := filepath.Join(filepath.Dir(testenv.Get(t, "LORABOOK_JUPYTER")), "python3")
	if err := exec.Command(python, "-c", "import nbconvert").Run(); err != nil {
		t.Skip("SKIPPED: no nbconvert; LORABOOK_JUPYTER names the jupyter of an environment that has it")
	}
	var texts []string
	for text := range htmlCases {
		if !strings.ContainsAny(text, "\r") { // ansi2html leaves them to others
			texts = append(texts, text)
		}
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", "import json, sys; from nbconvert.filters.ansi import ansi2html; print(json.dumps([ansi2html(t) for t in json.load(sys.stdin)]))")
	cmd.Stdin = strings.NewReader(string(input))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs []string
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	pairs := []string{"ansi-default-inverse", "term-inverse", "ansi-bold", "term-fg1", "ansi-underline", "term-fg4",
		"color: rgb", "color:rgb", ", ", ",", "; ", ";"}
	for i, name := range strings.Fields("black red green yellow blue magenta cyan white") {
		n := string(rune('0' + i))
		pairs = append(pairs, "ansi-"+name+"-intense-fg", "term-fgi9"+n, "ansi-"+name+"-intense-bg", "term-bgi10"+n,
			"ansi-"+name+"-fg", "term-fg3"+n, "ansi-"+name+"-bg", "term-bg4"+n)
	}
	names := strings.NewReplacer(pairs...)
	for i, text := range texts {
		want := names.Replace(theirs[i])
		if strings.Contains(text, ";31;1m") { // it shows bold in the bright colour
			want = strings.Replace(want, "fgi91", "fg31", 1)
		}
		if got := HTML(text); got != want {
			t.Errorf("%q:\n got %s\nwant %s", text, got, want)
		}
	}
}
