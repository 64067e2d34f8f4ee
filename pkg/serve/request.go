package serve

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/lorabook/lorabook/internal/nearest"
)

// question is a decoded body of POST /v1/classify.
type question struct {
	inputs    []input
	single    bool // inputs is one text or object, not a list
	adapter   string
	topK      int     // 0: all classes
	threshold float64 // 0: the adapter's
	explain   bool
}

// input is one text, or a pair of texts.
type input struct {
	text, textPair string
	words          []string // of a sentence, in place of text
	adapter        string
}

// field returns the field that has the text.
func (in input) field() string {
	if in.words != nil {
		return fieldWords
	}
	return fieldText
}

// The fields of the body and of an object in inputs.
const (
	fieldInputs    = "inputs"
	fieldAdapter   = "adapter"
	fieldTopK      = "top_k"
	fieldThreshold = "threshold"
	fieldExplain   = "explain"
	fieldText      = "text"
	fieldTextPair  = "text_pair"
	fieldWords     = "words"
)

var (
	questionFields = []string{fieldInputs, fieldAdapter, fieldTopK, fieldThreshold, fieldExplain}
	inputFields    = []string{fieldText, fieldTextPair, fieldWords, fieldAdapter}
)

// decodeQuestion reads a body with at most maxInputs inputs. It is stricter than encoding/json: unknown and
// repeated fields, other cases of their names, invalid UTF-8 and anything after the object are
// errors. null counts as a missing field.
func decodeQuestion(body []byte, maxInputs int) (*question, *Problem) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, invalidJSON("the body is empty")
	}
	r := reader{jsontext.NewDecoder(bytes.NewReader(body))}
	if p := r.begins("body", '{', `an object such as {"inputs": "A film to remember."}`); p != nil {
		return nil, p
	}
	q := &question{}
	p := r.fields("", questionFields, func(name string) (p *Problem) {
		switch name {
		case fieldInputs:
			p = r.inputs(q, maxInputs)
		case fieldAdapter:
			q.adapter, p = r.name(fieldAdapter)
		case fieldTopK:
			q.topK, p = r.topK()
		case fieldThreshold:
			q.threshold, p = r.threshold()
		case fieldExplain:
			q.explain, p = r.boolean(fieldExplain)
		}
		return p
	})
	if p != nil {
		return nil, p
	}
	if _, err := r.d.ReadToken(); !errors.Is(err, io.EOF) {
		if err == nil {
			return nil, invalidJSON("the body has another value after its object, at byte " + strconv.FormatInt(r.d.InputOffset(), 10))
		}
		return nil, r.broken(err)
	}
	if len(q.inputs) == 0 {
		return nil, invalid(fieldInputs, "a text, an object with a text, or a list of them", "nothing", `send {"inputs": ["A film to remember."]}`)
	}
	return q, nil
}

// invalidJSON returns a problem of the body's syntax.
func invalidJSON(detail string) *Problem {
	p := kindJSON.problem(detail)
	p.Field, p.Remedy = "body", "send one JSON object in UTF-8, as a JSON library writes it"
	return p
}

// reader reads the values of a body.
type reader struct{ d *jsontext.Decoder }

// broken returns the problem of the decoder's error.
func (r reader) broken(err error) *Problem {
	var syntax *jsontext.SyntacticError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return invalidJSON("the body ends in the middle of its JSON")
	case errors.Is(err, jsontext.ErrDuplicateName):
		return invalidJSON("a field is repeated: " + shown(strings.TrimPrefix(fmt.Sprint(r.d.StackPointer()), "/")))
	case errors.As(err, &syntax):
		return invalidJSON(fmt.Sprintf("byte %d: %v", syntax.ByteOffset, syntax.Err))
	}
	return invalidJSON(err.Error())
}

// begins reads the beginning of an object or a list.
func (r reader) begins(field string, kind jsontext.Kind, expected string) *Problem {
	if found := r.d.PeekKind(); found != kind {
		return r.other(field, expected)
	}
	if _, err := r.d.ReadToken(); err != nil {
		return r.broken(err)
	}
	return nil
}

// other returns the problem of a value of another kind than expected.
func (r reader) other(field, expected string) *Problem {
	var found string
	switch r.d.PeekKind() {
	case 'n':
		found = "null"
	case 't', 'f':
		found = "a boolean"
	case '"':
		found = "a string"
	case '0':
		found = "a number"
	case '{':
		found = "an object"
	case '[':
		found = "a list"
	default:
		_, err := r.d.ReadToken()
		if err == nil {
			err = errors.New("a value is missing")
		}
		return r.broken(err)
	}
	if _, err := r.d.ReadToken(); err != nil { // such as a string without an end
		return r.broken(err)
	}
	return invalid(field, expected, found, "see /openapi.json")
}

// fields reads the fields of an object whose beginning has been read. read reads the value of the
// field with the name.
func (r reader) fields(parent string, known []string, read func(name string) *Problem) *Problem {
	for {
		token, err := r.d.ReadToken()
		if err != nil {
			return r.broken(err)
		}
		if token.Kind() == '}' {
			return nil
		}
		name := token.String()
		if !slices.Contains(known, name) {
			p := invalid(strings.TrimPrefix(parent+"."+cmp.Or(found(name), `""`), "."), "one of the fields "+strings.Join(known, ", "), shown(name), "remove the field")
			p.Detail = "unknown field " + shown(name)
			if near := nearest.Names(name, known); len(near) > 0 {
				p.Remedy = fmt.Sprintf("did you mean %q?", near[0])
			}
			return p
		}
		if p := read(name); p != nil {
			return p
		}
	}
}

// null reads a null, if there is one.
func (r reader) null() bool {
	if r.d.PeekKind() != 'n' {
		return false
	}
	_, err := r.d.ReadToken()
	return err == nil
}

// inputs reads the value of inputs.
func (r reader) inputs(q *question, most int) *Problem {
	if r.null() {
		return nil
	}
	if r.d.PeekKind() != '[' {
		in, p := r.input(fieldInputs)
		q.inputs, q.single = []input{in}, true
		return p
	}
	if _, err := r.d.ReadToken(); err != nil {
		return r.broken(err)
	}
	for r.d.PeekKind() != ']' {
		if len(q.inputs) == most {
			return invalid(fieldInputs, fmt.Sprintf("at most %d", most), "more", "send several requests")
		}
		in, p := r.input(fmt.Sprintf("%s[%d]", fieldInputs, len(q.inputs)))
		if p != nil {
			return p
		}
		q.inputs = append(q.inputs, in)
	}
	if _, err := r.d.ReadToken(); err != nil {
		return r.broken(err)
	}
	return nil
}

// input reads a text, or an object with a text.
func (r reader) input(field string) (in input, p *Problem) {
	switch r.d.PeekKind() {
	case '"':
		in.text, p = r.text(field)
		return in, p
	case '{':
	default:
		return in, r.other(field, `a text, or an object such as {"text": "…", "text_pair": "…"}`)
	}
	if _, err := r.d.ReadToken(); err != nil {
		return in, r.broken(err)
	}
	hasText := false
	p = r.fields(field, inputFields, func(name string) (p *Problem) {
		switch name {
		case fieldText:
			hasText = true
			in.text, p = r.text(field + "." + name)
		case fieldTextPair:
			if !r.null() {
				in.textPair, p = r.text(field + "." + name)
			}
		case fieldWords:
			in.words, p = r.words(field + "." + name)
		case fieldAdapter:
			in.adapter, p = r.name(field + "." + name)
		}
		return p
	})
	switch {
	case p != nil:
	case in.words != nil && (hasText || in.textPair != ""):
		p = invalid(field+"."+fieldWords, "words in place of text and text_pair", "both", "leave one of them out")
	case in.words == nil && !hasText:
		p = invalid(field+"."+fieldText, "a text", "nothing", `send {"text": "A film to remember."}`)
	}
	return in, p
}

// words reads a list of words, or null.
func (r reader) words(field string) ([]string, *Problem) {
	if r.null() {
		return nil, nil
	}
	if p := r.begins(field, '[', "a list of words"); p != nil {
		return nil, p
	}
	words := []string{}
	for r.d.PeekKind() != ']' {
		word, p := r.text(fmt.Sprintf("%s[%d]", field, len(words)))
		if p != nil {
			return nil, p
		}
		words = append(words, word)
	}
	if _, err := r.d.ReadToken(); err != nil {
		return nil, r.broken(err)
	}
	return words, nil
}

// text reads a string.
func (r reader) text(field string) (string, *Problem) {
	if r.d.PeekKind() != '"' {
		return "", r.other(field, "a string")
	}
	token, err := r.d.ReadToken()
	if err != nil {
		return "", r.broken(err)
	}
	return token.String(), nil
}

// name reads the name of an adapter, or null.
func (r reader) name(field string) (string, *Problem) {
	if r.null() {
		return "", nil
	}
	name, p := r.text(field)
	if p == nil && name == "" {
		p = invalid(field, "the name of an adapter", `""`, "name an adapter of /v1/models, or leave the field out")
	}
	return name, p
}

// boolean reads a boolean, or null for false.
func (r reader) boolean(field string) (bool, *Problem) {
	switch r.d.PeekKind() {
	case 'n', 't', 'f':
		token, err := r.d.ReadToken()
		if err != nil {
			return false, r.broken(err)
		}
		return token.Kind() == 't', nil
	}
	return false, r.other(field, "true or false")
}

// topK reads a number of classes, or null for 0.
func (r reader) topK() (int, *Problem) {
	if r.null() {
		return 0, nil
	}
	const expected = "a whole number of at least 1"
	if r.d.PeekKind() != '0' {
		return 0, r.other(fieldTopK, expected)
	}
	token, err := r.d.ReadToken()
	if err != nil {
		return 0, r.broken(err)
	}
	k, err := strconv.ParseInt(token.String(), 10, 32)
	if err != nil || k < 1 {
		return 0, invalid(fieldTopK, expected, found(token.String()), "leave the field out for all classes")
	}
	return int(k), nil
}

// threshold reads a probability, or null for 0.
func (r reader) threshold() (float64, *Problem) {
	if r.null() {
		return 0, nil
	}
	const expected = "a number above 0 and below 1"
	if r.d.PeekKind() != '0' {
		return 0, r.other(fieldThreshold, expected)
	}
	token, err := r.d.ReadToken()
	if err != nil {
		return 0, r.broken(err)
	}
	t, err := strconv.ParseFloat(token.String(), 64)
	if err != nil || t <= 0 || t >= 1 {
		return 0, invalid(fieldThreshold, expected, found(token.String()), "leave the field out for the adapter's threshold")
	}
	return t, nil
}

// found is shown without quotes.
func found(value string) string { return strings.Trim(shown(value), `"`) }
