package run

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// message makes a message that a kernel publishes for a request.
func message(request, msgType, content string) *jupyter.Message {
	return &jupyter.Message{
		Header:  jupyter.Header{MsgType: msgType},
		Parent:  jupyter.Header{MsgID: request},
		Content: json.RawMessage(content),
	}
}

func TestCollector(t *testing.T) {
	first, second := codeCell("1"), codeCell("2")
	c := newCollector()
	c.cells["r1"], c.cells["r2"] = first, second
	for _, m := range []*jupyter.Message{
		message("r1", "status", `{"execution_state":"busy"}`),
		message("r1", "execute_input", `{"execution_count":7,"code":"1"}`),
		message("r1", "stream", `{"name":"stdout","text":"50%"}`),
		message("r1", "stream", `{"name":"stdout","text":"\r100%\n"}`),
		message("r1", "stream", `{"name":"stderr","text":"oops"}`),
		message("r1", "stream", `{"name":"stdout","text":"again"}`),
		message("r1", "display_data", `{"data":{"text/html":"one"},"metadata":{},"transient":{"display_id":"d"}}`),
		message("r2", "execute_result", `{"data":{"text/plain":["4","2"],"application/json":[1.50]},"metadata":{"a":1},"execution_count":8}`),
		message("r2", "display_data", `{"data":{"text/html":"two"},"metadata":{},"transient":{"display_id":"d"}}`),
		message("r2", "display_data", `{"data":{"text/html":"other"},"metadata":{},"transient":{}}`),
		message("r1", "stream", `{"name":"stdout","text":" and late"}`),
		message("r2", "update_display_data", `{"data":{"text/html":"three"},"metadata":{"m":true},"transient":{"display_id":"d"}}`),
		message("r2", "error", `{"ename":"E","evalue":"v","traceback":["t"]}`),
		message("nobody's", "stream", `{"name":"stdout","text":"lost"}`),
		message("r2", "comm_open", `{}`),
	} {
		c.handle(m)
	}
	c.finish()
	if c.err != nil {
		t.Fatal(c.err)
	}
	three := &nbformat.Output{Type: nbformat.DisplayData, Data: map[string]any{"text/html": "three"}, Metadata: map[string]any{"m": true}}
	eight := 8
	if diff := cmp.Diff([]*nbformat.Output{
		{Type: nbformat.Stream, Name: "stdout", Text: "100%\n"},
		{Type: nbformat.Stream, Name: "stderr", Text: "oops"},
		{Type: nbformat.Stream, Name: "stdout", Text: "again"},
		three,
		{Type: nbformat.Stream, Name: "stdout", Text: " and late"},
	}, first.Outputs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]*nbformat.Output{
		{
			Type: nbformat.ExecuteResult, ExecutionCount: &eight, Metadata: map[string]any{"a": json.Number("1")},
			Data: map[string]any{"text/plain": "42", "application/json": []any{json.Number("1.50")}},
		},
		three,
		{Type: nbformat.DisplayData, Data: map[string]any{"text/html": "other"}, Metadata: map[string]any{}},
		{Type: nbformat.ErrorOutput, EName: "E", EValue: "v", Traceback: []string{"t"}},
	}, second.Outputs); diff != "" {
		t.Error(diff)
	}
	if *first.ExecutionCount != 7 {
		t.Errorf("execution count %d", *first.ExecutionCount)
	}
	nb := &nbformat.Notebook{Cells: []*nbformat.Cell{first, second}}
	text, err := nb.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nbformat.Parse(text); err != nil {
		t.Errorf("the outputs make no notebook: %v", err)
	}
}

// A progress bar that a chart interrupts is saved once, in its last state, below the chart.
func TestBarAroundAChart(t *testing.T) {
	cell := codeCell("")
	c := newCollector()
	c.cells["r"] = cell
	for _, m := range []*jupyter.Message{
		message("r", "stream", `{"name":"stdout","text":"  0 % [....] 59:46 left "}`),
		message("r", "display_data", `{"data":{"text/plain":"chart"},"metadata":{}}`),
		message("r", "stream", `{"name":"stdout","text":"\r                       \rstep 57: loss 0.4\n 50 %"}`),
		message("r", "stream", `{"name":"stderr","text":"careful\n"}`),
		message("r", "stream", `{"name":"stdout","text":"\r100 %\n"}`),
		message("r", "display_data", `{"data":{"text/plain":"chart"},"metadata":{}}`),
		message("r", "stream", `{"name":"stdout","text":"\rend"}`),
	} {
		c.handle(m)
	}
	c.finish()
	var got []string
	for _, o := range cell.Outputs {
		text, _ := o.Data["text/plain"].(string)
		for line := range strings.Lines(text + o.Text) {
			got = append(got, strings.TrimRight(line, " \n"))
		}
	}
	want := []string{"chart", "step 57: loss 0.4", "careful", "100 %", "chart", "end"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestClearOutput(t *testing.T) {
	cell := codeCell("")
	c := newCollector()
	c.cells["r"] = cell
	c.handle(message("r", "stream", `{"name":"stdout","text":"old"}`))
	c.handle(message("r", "clear_output", `{"wait":true}`))
	if len(cell.Outputs) != 1 {
		t.Error("cleared without waiting")
	}
	c.handle(message("r", "stream", `{"name":"stdout","text":"new"}`))
	c.finish()
	if len(cell.Outputs) != 1 || cell.Outputs[0].Text != "new" {
		t.Errorf("%+v", cell.Outputs)
	}
	c.handle(message("r", "clear_output", `{"wait":false}`))
	if len(cell.Outputs) != 0 {
		t.Errorf("%+v", cell.Outputs)
	}
}

func TestMessageThatIsNotUnderstood(t *testing.T) {
	c := newCollector()
	c.handle(message("r", "stream", `{"name":1}`))
	if c.err == nil {
		t.Error("it passed in silence")
	}
}

// TestCharactersCutInTwo: GoNB loses a character that lies across two of its messages.
func TestCharactersCutInTwo(t *testing.T) {
	cell, other := codeCell(""), codeCell("")
	c := newCollector()
	c.cells["r"], c.cells["s"] = cell, other
	for _, m := range []*jupyter.Message{
		message("r", "stream", `{"name":"stdout","text":"a\ufffd"}`),
		message("r", "stream", `{"name":"stdout","text":"\ufffdb\ufffd"}`),
		message("r", "stream", `{"name":"stdout","text":"\ufffd\ufffd"}`),
		message("r", "stream", `{"name":"stdout","text":"\ufffdc"}`),
		message("s", "stream", `{"name":"stdout","text":"the program's own \ufffd"}`),
		message("s", "stream", `{"name":"stdout","text":" and no other"}`),
	} {
		c.handle(m)
	}
	if c.lost[cell] != 3 || c.lost[other] != 0 {
		t.Errorf("%d and %d, want 3 and none", c.lost[cell], c.lost[other])
	}
}
