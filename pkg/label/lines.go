package label

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// labelSeparator separates the classes of a text in a CSV file.
const labelSeparator = "|"

// line is a line of a JSONL file.
type line struct {
	Row   int    `json:"row"`
	ID    string `json:"id,omitempty"`
	Text  string `json:"text,omitempty"`
	Pair  string `json:"text_pair,omitempty"`
	Error string `json:"error,omitempty"` // why the text cannot be labelled; then no answer follows

	Label         *string     `json:"label,omitempty"`
	Probability   *float64    `json:"probability,omitempty"` // of Label
	Labels        *[]string   `json:"labels,omitempty"`      // of data.MultiLabel
	Value         *float64    `json:"value,omitempty"`       // of data.Regression
	Probabilities classValues `json:"probabilities,omitzero"`
	Words         []string    `json:"words,omitempty"` // of data.TokenClassification
	Tags          []string    `json:"tags,omitempty"`
	Entities      *[]entity   `json:"entities,omitempty"`

	Unknown int  `json:"unknown,omitempty"` // number of [UNK] tokens
	Long    bool `json:"long,omitempty"`    // the text has more tokens than the model reads at once
}

// entity is an entity in the text, or in the words with a blank between them.
type entity struct {
	Type        string  `json:"type"`
	Text        string  `json:"text"`
	Start       int     `json:"start"` // characters, as Python counts them
	End         int     `json:"end"`
	Probability float64 `json:"probability"`
}

// classValues are values by class, in the order of the classes.
type classValues struct {
	names  []string
	values []float64
}

// IsZero reports whether there are no values.
func (v classValues) IsZero() bool { return len(v.values) == 0 }

// MarshalJSON writes an object.
func (v classValues) MarshalJSON() ([]byte, error) {
	if v.IsZero() {
		return []byte("null"), nil
	}
	var out bytes.Buffer
	for i, name := range v.names {
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(v.values[i])
		if err != nil {
			return nil, err
		}
		out.WriteByte("{,"[min(i, 1)])
		out.Write(key)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// encoder writes the lines of the answers.
type encoder struct {
	Lines
	model Model
	out   bytes.Buffer
}

// add writes the line of an answer.
func (e *encoder) add(t Text, a answer) error {
	l := line{Row: t.Row, ID: t.ID, Error: t.Bad}
	if e.Text {
		l.Text, l.Pair = t.Text, t.Pair
	}
	if t.Bad == "" {
		e.fill(&l, a)
	}
	if e.Format == CSV {
		return e.write(e.record(l))
	}
	out := json.NewEncoder(&e.out)
	out.SetEscapeHTML(false)
	return out.Encode(l)
}

// fill sets the answer.
func (e *encoder) fill(l *line, a answer) {
	l.Unknown, l.Long = a.unknown.Unknown, a.long
	switch {
	case a.number != nil:
		l.Value = &a.number.Value
	case a.tagged != nil:
		entities := []entity{}
		for _, x := range a.tagged.Entities {
			entities = append(entities, entity{x.Type, x.Text, x.StartRune, x.EndRune, x.Probability})
		}
		for _, w := range a.tagged.Words {
			l.Words, l.Tags = append(l.Words, w.Word), append(l.Tags, w.Tag)
		}
		l.Entities = &entities
	case e.model.Task == data.MultiLabel:
		l.Labels = &a.class.Labels
	default:
		l.Label, l.Probability = &a.class.Label, &a.class.Probability
	}
	if e.Probabilities {
		l.Probabilities = classValues{e.model.Labels, a.class.Probabilities}
	}
}

// header returns the first bytes of the output: the names of the columns of a CSV file.
func (l Lines) header(m Model) ([]byte, error) {
	if l.Format != CSV {
		return nil, nil
	}
	names := []string{"row", "id"}
	if l.Text {
		names = append(names, "text", "text_pair")
	}
	switch m.Task {
	case data.Regression:
		names = append(names, "value")
	case data.MultiLabel:
		names = append(names, "labels")
	default:
		names = append(names, "label", "probability")
	}
	if l.Probabilities {
		for _, class := range m.Labels {
			names = append(names, "probability of "+class)
		}
	}
	e := encoder{Lines: l}
	err := e.write(append(names, "unknown", "long", "error"))
	return e.out.Bytes(), err
}

// record returns the fields of a line of a CSV file, in the order of header.
func (e *encoder) record(l line) []string {
	fields := []string{strconv.Itoa(l.Row), l.ID}
	if e.Text {
		fields = append(fields, l.Text, l.Pair)
	}
	number := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'g', -1, 64)
	}
	switch e.model.Task {
	case data.Regression:
		fields = append(fields, number(l.Value))
	case data.MultiLabel:
		joined := ""
		if l.Labels != nil {
			joined = strings.Join(*l.Labels, labelSeparator)
		}
		fields = append(fields, joined)
	default:
		class := ""
		if l.Label != nil {
			class = *l.Label
		}
		fields = append(fields, class, number(l.Probability))
	}
	if e.Probabilities {
		for i := range e.model.Labels {
			field := ""
			if !l.Probabilities.IsZero() {
				field = number(&l.Probabilities.values[i])
			}
			fields = append(fields, field)
		}
	}
	return append(fields, strconv.Itoa(l.Unknown), strconv.FormatBool(l.Long), l.Error)
}

func (e *encoder) write(fields []string) error {
	out := csv.NewWriter(&e.out)
	if err := out.Write(fields); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}
