package controls

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lorabook/lorabook/internal/browsertest"
)

func settings() *Settings {
	return &Settings{
		Command: "go run ./kernel run", End: "notebooks/03-training.ipynb",
		Fixed: []Parameter{{"data", "my letters's.csv", true}, {"train", "20", false}},
		Controls: []Control{
			{Name: "method", Values: []string{"lora", "head"}, Usual: "lora", String: true},
			{Name: "rank", Label: "rank of A", Values: []string{"4", "8", "16"}, Start: 2, Usual: "8", Slider: true, With: "method=lora"},
		},
	}
}

const (
	commandAtStart = `go run ./kernel run -p 'data=my letters'\''s.csv' -p train=20 -p rank=16 notebooks/03-training.ipynb`
	linesAtStart   = "data = \"my letters's.csv\"\ntrain = 20\nrank = 16"
)

func TestText(t *testing.T) {
	s := settings()
	if got := s.CommandLine(); got != commandAtStart {
		t.Errorf("command %s", got)
	}
	if got := s.Lines(); got != linesAtStart {
		t.Errorf("lines\n%s", got)
	}
	s.Controls[1].Start = 1 // its default
	s.Fixed, s.End = nil, ""
	if s.CommandLine() != "go run ./kernel run" || s.Lines() != none {
		t.Errorf("defaults: %s", s.Text())
	}
	s.Controls[0].Start, s.Controls[1].Start = 1, 2
	if got := s.CommandLine(); got != "go run ./kernel run -p method=head" {
		t.Errorf("a parameter without its method: %s", got)
	}
	var out strings.Builder
	if err := show(settings(), &out); err != nil || out.String() != settings().Text() {
		t.Errorf("shown outside a notebook: %v\n%s", err, out.String())
	}
}

func TestHTML(t *testing.T) {
	s := settings()
	s.Fixed[0].Value = "</script><b>"
	text, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}
	static, _, _ := strings.Cut(text, "<script>")
	if strings.Count(text, "</script>") != 1 || strings.Contains(static, "<b>") || !strings.Contains(static, "-p rank=16 notebooks/") {
		t.Errorf("static part\n%s", static)
	}
	if again, _ := s.HTML(); again != text {
		t.Error("the same settings have other HTML")
	}
	for name, values := range map[string][]string{"one value": {"4"}, "none": nil, "no start": {"4", "8"}} {
		s := settings()
		s.Controls[1].Values = values
		if _, err := s.HTML(); err == nil || !strings.Contains(err.Error(), `"rank"`) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestBrowser moves the controls of a page.
func TestBrowser(t *testing.T) {
	program := browsertest.Need(t)
	text, err := settings().HTML()
	if err != nil {
		t.Fatal(err)
	}
	tab, end := browsertest.Start(t, program)
	defer end()
	ctx, cancel := context.WithTimeout(tab, time.Minute)
	defer cancel()
	shown := func(script string) (command, lines string, disabled bool) {
		t.Helper()
		var got string
		if err := chromedp.Run(ctx, chromedp.Evaluate(script+`;JSON.stringify([].map.call(document.querySelectorAll("pre"), function (p) { return p.textContent; }).concat(String(document.querySelector("input").disabled)))`, &got)); err != nil {
			t.Fatal(err)
		}
		var texts []string
		if err := json.Unmarshal([]byte(got), &texts); err != nil || len(texts) != 3 {
			t.Fatal(got, err)
		}
		return texts[0], texts[1], texts[2] == "true"
	}
	if err := chromedp.Run(ctx, chromedp.Navigate("data:text/html,"+url.PathEscape("<!doctype html><meta charset=utf-8>"+text))); err != nil {
		t.Fatal(err)
	}
	if command, lines, disabled := shown(""); command != commandAtStart || lines != linesAtStart || disabled {
		t.Errorf("at the start\n%s\n%s\n%v", command, lines, disabled)
	}
	set := func(control, value string) string {
		return `{const e=document.querySelector("` + control + `");e.value="` + value + `";e.dispatchEvent(new Event("input"));}`
	}
	if command, lines, _ := shown(set("input", "0")); !strings.Contains(command, " -p rank=4 ") || !strings.HasSuffix(lines, "\nrank = 4") {
		t.Errorf("with rank 4\n%s\n%s", command, lines)
	}
	if command, lines, disabled := shown(set("select", "1")); strings.Contains(command, "rank") || !strings.Contains(lines, `method = "head"`) || !disabled {
		t.Errorf("with another method\n%s\n%s\n%v", command, lines, disabled)
	}
	if command, _, disabled := shown(set("select", "0") + set("input", "1")); strings.Contains(command, "rank") || strings.Contains(command, "method") || disabled {
		t.Errorf("with the defaults\n%s", command)
	}
}
