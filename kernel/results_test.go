package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/data"
)

// resultsTexts returns the sources and the outputs of the notebooks in results, without pictures.
func resultsTexts(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range story {
		path := filepath.Join("..", "results", name+".ipynb")
		notebook, err := nbformat.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, cell := range notebook.Cells {
			text.WriteString(cell.Source + "\n\n")
			for _, o := range cell.Outputs {
				text.WriteString(o.Text + "\n")
				for _, mime := range []string{"text/plain", "text/markdown", "text/html"} {
					s, _ := o.Data[mime].(string)
					text.WriteString(base64Text.ReplaceAllString(s, "") + "\n")
				}
			}
		}
		out[path] = text.String()
	}
	return out
}

// base64Text is a picture in a page.
var base64Text = regexp.MustCompile(`[A-Za-z0-9+/=]{200,}`)

// The notebooks in results name no folder of the machine that ran them: paths are relative, or in the home
// folder "~".
func TestResultsNameNoFolder(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	folder := regexp.MustCompile(`(?:^|[\s"'(=])(` + regexp.QuoteMeta(home) + `/|/(?:root|home|Users|tmp|work|var|mnt)/)\S*`)
	for path, text := range resultsTexts(t) {
		if found := folder.FindString(text); found != "" {
			t.Errorf("%s names the folder %s: make it again with relative paths, see results/README.md", path, found)
		}
	}
}

// quotedWords is the number of consecutive words from which a text is a quotation. The beginning of a text in a
// table has as many.
const quotedWords = 7

// shingles calls each for all groups of consecutive words of a text, in lower case, without punctuation and numbers.
func shingles(text string, each func(string) bool) {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' })
	for i := quotedWords; i <= len(words); i++ {
		if !each(strings.Join(words[i-quotedWords:i], " ")) {
			return
		}
	}
}

// The notebooks in results contain no words of a review: the reviews belong to their authors. The sentences
// in the sources of package show are ours, also where they have words of a review by chance.
func TestResultsQuoteNoReview(t *testing.T) {
	testenv.NeedsTime(t, "it reads IMDB")
	set, err := data.Open(t.Context(), testenv.Need(t, "LORABOOK_IMDB"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for path, text := range resultsTexts(t) {
		shingles(text, func(words string) bool { shown[words] = path; return true })
	}
	sources, err := filepath.Glob(filepath.Join("..", "pkg", "show", "*.go"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("%q, %v", sources, err)
	}
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		shingles(string(text), func(words string) bool { delete(shown, words); return true })
	}
	if len(shown) < 500 {
		t.Fatalf("the notebooks in results have %d groups of %d words of their own", len(shown), quotedWords)
	}
	reviews := 0
	for _, half := range [][]data.Example{set.Train, set.Test} {
		for _, e := range half {
			reviews++
			shingles(e.Text, func(words string) bool {
				path, quoted := shown[words]
				if quoted {
					t.Errorf("%s contains words of the review %s: %q", path, e.ID, words)
				}
				return !quoted
			})
		}
	}
	if reviews != 50_000 {
		t.Errorf("%d reviews were compared, expected 50000", reviews)
	}
}

// The README of results states the accuracy and the interval that the notebooks show, and its command has the
// parameters of their run.
func TestResultsReadme(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "results", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Accuracy is (\S+) % before and \*\*(\S+) %\*\* after the training \(difference (\S+) points, 95 % interval (\S+) to ([^)]+)\)`).FindStringSubmatch(string(readme))
	if found == nil {
		t.Fatal("results/README.md does not state the accuracy")
	}
	last := filepath.Join("..", "results", story[len(story)-1]+".ipynb")
	text := resultsTexts(t)[last]
	for _, want := range []string{
		found[1] + " % before, " + found[2] + " % after",
		"difference " + found[3] + " points, 95 % interval " + found[4] + " to " + found[5],
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s does not show %q, as results/README.md states", last, want)
		}
	}
	cell := regexp.MustCompile(`// Set for this run\.\n(?:var .*\n)+`).FindString(text)
	set := regexp.MustCompile(`(?m)^var (\w+) = (.*)$`).FindAllStringSubmatch(cell, -1)
	if len(set) == 0 {
		t.Fatalf("%s has no parameters of its run", last)
	}
	parameters := map[string]bool{}
	for _, p := range regexp.MustCompile(`-p (\w+)=`).FindAllStringSubmatch(string(readme), -1) {
		parameters[p[1]] = true
	}
	for _, p := range set {
		if !parameters[p[1]] {
			t.Errorf("the command in results/README.md lacks the parameter %s=%s", p[1], p[2])
		}
	}
}
