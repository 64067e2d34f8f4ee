package serve

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lorabook/lorabook/internal/memorytest"
)

// hostile are bodies that are refused, with the kind and a part of the problem.
var hostile = []struct {
	body string
	kind kind
	text string
}{
	{``, kindJSON, "the body is empty"},
	{`{`, kindJSON, "ends in the middle"},
	{`{"inputs": "a"`, kindJSON, "ends in the middle"},
	{`{"inputs": "a`, kindJSON, "ends in the middle"},
	{`{"inputs": ["a"`, kindJSON, "ends in the middle"},
	{`{"inputs": {"text": `, kindJSON, "ends in the middle"},
	{`{"inputs": "a"} {}`, kindJSON, "another value"},
	{`{"inputs": "a"} x`, kindJSON, "byte 16"},
	{`{"inputs": "a", "inputs": "b"}`, kindJSON, "repeated"},
	{`{"inputs": {"text": "a", "text": "b"}}`, kindJSON, "repeated"},
	{"{\"inputs\": \"\xff\"}", kindJSON, "UTF-8"},
	{`{"inputs": "\ud800"}`, kindJSON, "surrogate"},
	{"{\"inputs\": \"a\x00b\"}", kindJSON, "byte"},
	{`{'inputs': 'a'}`, kindJSON, "byte 1"},
	{`{"inputs": NaN}`, kindJSON, "byte"},
	{"\ufeff" + `{"inputs": "a"}`, kindJSON, "byte 0"},
	{strings.Repeat(`[`, 100_000), kindRequest, "a list"},
	{`{"inputs": ` + strings.Repeat(`[`, 100_000), kindRequest, "inputs[0]"},
	{`{"inputs": {"text": ` + strings.Repeat(`{"a":`, 100_000), kindRequest, "inputs.text"},
	{`null`, kindRequest, "null"},
	{`[]`, kindRequest, "a list"},
	{`"a"`, kindRequest, "a string"},
	{`7`, kindRequest, "a number"},
	{`{}`, kindRequest, "nothing"},
	{`{"inputs": null}`, kindRequest, "nothing"},
	{`{"inputs": []}`, kindRequest, "nothing"},
	{`{"inputs": 7}`, kindRequest, "a number"},
	{`{"inputs": ["a", null]}`, kindRequest, "inputs[1]"},
	{`{"inputs": [["a", "b"]]}`, kindRequest, "inputs[0]"},
	{`{"inputs": [{}]}`, kindRequest, "inputs[0].text"},
	{`{"inputs": [{"text": null}]}`, kindRequest, "inputs[0].text"},
	{`{"inputs": [{"text": "a", "text_pair": 1}]}`, kindRequest, "inputs[0].text_pair"},
	{`{"inputs": [{"text": "a", "txt_pair": "b"}]}`, kindRequest, `did you mean \"text_pair\"`},
	{`{"input": "a"}`, kindRequest, `did you mean \"inputs\"`},
	{`{"Inputs": "a"}`, kindRequest, `did you mean \"inputs\"`},
	{`{"inputs": {"words": []}, "adapter": "films", "explain": 0}`, kindRequest, "explain"},
	{`{"inputs": {"words": "a"}}`, kindRequest, "inputs.words"},
	{`{"inputs": {"words": ["a", 1]}}`, kindRequest, "inputs.words[1]"},
	{`{"inputs": {"words": ["a"}}`, kindJSON, "byte"},
	{`{"inputs": {"words": ["a"], "text": "a"}}`, kindRequest, "both"},
	{`{"inputs": {"words": ["a"], "text_pair": "a"}}`, kindRequest, "both"},
	{`{"inputs": {"words": null}}`, kindRequest, "inputs.text"},
	{`{"": "a"}`, kindRequest, `unknown field`},
	{`{"inputs": "a", "zzzzzz": {"deep": [1, 2`, kindRequest, "zzzzzz"},
	{`{"inputs": "a", "` + strings.Repeat("z", 10_000) + `": 1}`, kindRequest, "10000 bytes"},
	{`{"inputs": "a", "adapter": ""}`, kindRequest, "adapter"},
	{`{"inputs": "a", "adapter": ["b"]}`, kindRequest, "a list"},
	{`{"inputs": "a", "top_k": 0}`, kindRequest, "top_k"},
	{`{"inputs": "a", "top_k": -1}`, kindRequest, "top_k"},
	{`{"inputs": "a", "top_k": 1.5}`, kindRequest, "top_k"},
	{`{"inputs": "a", "top_k": 1e400}`, kindRequest, "top_k"},
	{`{"inputs": "a", "top_k": 99999999999999999999}`, kindRequest, "top_k"},
	{`{"inputs": "a", "top_k": "2"}`, kindRequest, "a string"},
	{`{"inputs": "a", "threshold": 0}`, kindRequest, "threshold"},
	{`{"inputs": "a", "threshold": 1}`, kindRequest, "threshold"},
	{`{"inputs": "a", "threshold": -0.5}`, kindRequest, "threshold"},
	{`{"inputs": "a", "threshold": 1e-999}`, kindRequest, "threshold"},
	{`{"inputs": "a", "explain": "yes"}`, kindRequest, "explain"},
	{`{"inputs": "a", "explain": 1}`, kindRequest, "explain"},
	{`{"inputs": ["1", "2", "3", "4"]}`, kindRequest, "at most 3"},
}

// TestHostileBodies: each is refused with a problem that names the place, and nothing is asked.
func TestHostileBodies(t *testing.T) {
	f := newFake()
	f.adapters = f.adapters[:1]
	h := handlerOf(t, f, Options{MaxInputs: 3, Logger: quiet()})
	for _, test := range hostile {
		got := post(t, h, test.body, "Content-Type", "application/json")
		p := got.problem(t, test.kind)
		if !strings.Contains(string(got.body), test.text) || p.Field == "" || p.Remedy == "" || len(got.body) > 2000 {
			t.Errorf("%.80q: expected %q: %.2000s", test.body, test.text, got.body)
		}
	}
	if f.asked != nil {
		t.Errorf("the service was asked %+v", f.asked)
	}
}

// FuzzDecodeQuestion: what is decoded is what encoding/json reads of the body, and nothing panics.
func FuzzDecodeQuestion(f *testing.F) {
	for _, test := range hostile {
		if len(test.body) < 1000 {
			f.Add([]byte(test.body))
		}
	}
	f.Add([]byte(`{"inputs": [{"text": "a", "text_pair": "b", "adapter": "c"}, "d"], "adapter": "e", "top_k": 2, "threshold": 0.5, "explain": true}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var q *question
		var p *Problem
		memorytest.Bounded(t, len(body), func() { q, p = decodeQuestion(body, 8) })
		if p != nil {
			if p.Status < 400 || p.Detail == "" || p.Field == "" || !utf8.ValidString(p.Detail+p.Field+p.Found) {
				t.Errorf("%+v", p)
			}
			return
		}
		var want struct {
			Inputs    json.RawMessage
			Adapter   string
			TopK      int `json:"top_k"`
			Threshold float64
			Explain   bool
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatalf("decoded a body that encoding/json refuses: %v", err)
		}
		var list []json.RawMessage
		if json.Unmarshal(want.Inputs, &list) != nil {
			list = []json.RawMessage{want.Inputs}
		}
		inputs := make([]input, len(list))
		for i, raw := range list {
			if json.Unmarshal(raw, &inputs[i].text) == nil {
				continue
			}
			var object struct {
				Text     string
				TextPair string `json:"text_pair"`
				Words    []string
				Adapter  string
			}
			if err := json.Unmarshal(raw, &object); err != nil {
				t.Fatal(err)
			}
			inputs[i] = input{object.Text, object.TextPair, object.Words, object.Adapter}
		}
		if !reflect.DeepEqual(q.inputs, inputs) || q.adapter != want.Adapter || q.topK != want.TopK || q.threshold != want.Threshold || q.explain != want.Explain {
			t.Errorf("decoded %+v, encoding/json reads %+v and %+v", q, inputs, want)
		}
	})
}
