package entities

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func ExampleSpans() {
	words := strings.Fields("Ada Lovelace met Babbage in London .")
	for _, e := range Spans(strings.Fields("B-PER I-PER O B-PER O B-LOC O")) {
		fmt.Println(e.Type, words[e.Start:e.End])
	}
	// Output:
	// PER [Ada Lovelace]
	// PER [Babbage]
	// LOC [London]
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		text      string
		want      Scheme
		irregular int
	}{
		{"B-PER I-PER O B-LOC / B-LOC B-LOC", IOB2, 0},
		{"I-PER I-PER O I-LOC / I-LOC B-LOC", IOB1, 0},
		{"I-PER I-PER O I-LOC", IOB1, 0},
		{"B-PER I-PER O I-LOC / I-LOC B-LOC", IOB2, 2}, // the first B is neither in IOB1
		{"S-PER O B-LOC I-LOC E-LOC", BIOES, 0},
		{"S-PER O B-LOC I-LOC E-LOC / I-PER", BIOES, 1},
		{"U-PER O B-LOC I-LOC L-LOC", BILOU, 0},
		{"O O", IOB2, 0},
	} {
		var sentences [][]string
		for sentence := range strings.SplitSeq(c.text, " / ") {
			sentences = append(sentences, strings.Fields(sentence))
		}
		if got, irregular, err := Find(sentences); got != c.want || irregular != c.irregular || err != nil {
			t.Errorf("%s: %s with %d irregular, %v; expected %s with %d", c.text, got, irregular, err, c.want, c.irregular)
		}
	}
	for text, says := range map[string]string{"B-PER NOUN": `tag "NOUN"`, "S-PER U-PER": "two schemes", "B-": `tag "B-"`, "": `tag ""`} {
		if _, _, err := Find([][]string{strings.Split(text, " ")}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, expected %q", text, err, says)
		}
	}
}

// L and U are read as E and S, of which adjacent ones are two entities.
func TestSpansOfBILOU(t *testing.T) {
	bilou, bioes := Spans(strings.Fields("U-A U-A B-A I-A L-A O")), Spans(strings.Fields("S-A S-A B-A I-A E-A O"))
	if len(bilou) != 3 || !slices.Equal(bilou, bioes) {
		t.Errorf("%v and %v", bilou, bioes)
	}
	if _, err := IOB2.Spans([]string{"S-A"}); err == nil || !strings.Contains(err.Error(), `"S-A" of word 0`) {
		t.Error(err)
	}
	if _, err := Scheme("IOB3").Spans([]string{"O"}); err == nil || !strings.Contains(err.Error(), "IOB3") {
		t.Error(err)
	}
}
