package table

import (
	"encoding/json"
	"html"
	"strings"
	"testing"
)

// shares are tables of a threshold.
func shares(values ...float64) *Slider {
	s := &Slider{Label: "threshold", Start: 1}
	for i, v := range values {
		t := New("Shares", Column{Name: "measure"}, Column{Name: "share", Unit: "%", Format: "%.1f"})
		t.Add("</script>", v)
		t.Add("recall", nil)
		s.Tables = append(s.Tables, t)
		s.Positions = append(s.Positions, []string{"0.0", "0.5", "1.0"}[i])
	}
	return s
}

// The HTML shows the table of Start, and an attribute has the numbers of all.
func TestSlider(t *testing.T) {
	s := shares(10, 20, 30)
	text, err := s.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text, "</script>"); n != 1 {
		t.Errorf("%d ends of a script", n)
	}
	static, _, _ := strings.Cut(text, "<script>")
	_, attribute, _ := strings.Cut(static, ` data-slider="`)
	attribute, static, _ = strings.Cut(attribute, `">`)
	if !strings.Contains(static, "<p><span>threshold</span> <b>0.5</b></p>") || !strings.Contains(static, ">20.0</td>") || strings.Contains(static, "10.0") {
		t.Errorf("static part\n%s", static)
	}
	var data []any
	if err := json.Unmarshal([]byte(html.UnescapeString(attribute)), &data); err != nil {
		t.Fatal(err, attribute)
	}
	if got, _ := json.Marshal(data); string(got) != `[["0.0","0.5","1.0"],1,[["10.0",""],["20.0",""],["30.0",""]]]` {
		t.Errorf("data %s", got)
	}
	if got, want := s.Text(), "Shares (threshold 0.5)\n\nmeasure    share, %\n---------  --------\n</script>      20.0\nrecall\n"; got != want {
		t.Errorf("text\n%s", got)
	}
	var out strings.Builder
	if err := showSlider(s, &out); err != nil || out.String() != s.Text() {
		t.Errorf("shown outside a notebook: %v\n%s", err, out.String())
	}
}

func TestSliderFaults(t *testing.T) {
	for name, change := range map[string]func(*Slider){
		"no tables":         func(s *Slider) { s.Tables, s.Positions = nil, nil },
		"a position less":   func(s *Slider) { s.Positions = s.Positions[1:] },
		"no start":          func(s *Slider) { s.Start = 3 },
		"another row":       func(s *Slider) { s.Tables[2].Add("more", 1) },
		"another text":      func(s *Slider) { s.Tables[2].rows[0][0].text = "x" },
		"another caption":   func(s *Slider) { s.Tables[0].caption = "x" },
		"a text, no number": func(s *Slider) { s.Tables[0].rows[0][1] = cell{text: "x"} },
		"a faulty table":    func(s *Slider) { s.Tables[0].Add() },
	} {
		t.Run(name, func(t *testing.T) {
			s := shares(10, 20, 30)
			change(s)
			if _, err := s.HTML(); err == nil {
				t.Error("no error")
			}
		})
	}
}
