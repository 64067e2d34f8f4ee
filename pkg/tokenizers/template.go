package tokenizers

import (
	"fmt"
	"strings"
)

// postProcessor is the part of tokenizer.json that adds special tokens to the pieces of a
// text.
type postProcessor struct {
	Type   string         `json:"type"`
	Single []templatePart `json:"single"` // TemplateProcessing
	Pair   []templatePart `json:"pair"`
	CLS    []any          `json:"cls"` // BertProcessing: token, id
	SEP    []any          `json:"sep"`
}

// templatePart is a special token, or one of the texts A and B, with its token type.
type templatePart struct {
	Special  *templateItem `json:"SpecialToken"`
	Sequence *templateItem `json:"Sequence"`
}

type templateItem struct {
	ID   string `json:"id"`
	Type int    `json:"type_id"`
}

// specials returns the tokens before and after a text. It refuses every template but
// CLS A SEP and CLS A SEP B SEP with the token types 0 and 1.
func (p *postProcessor) specials() (cls, sep string, err error) {
	refuse := func(field, found, expected string) error {
		return &Error{Field: field, Kind: ErrUnsupported, Reason: fmt.Sprintf("is %s, expected %s", found, expected)}
	}
	switch p.Type {
	case "BertProcessing":
		cls, sep = firstText(p.CLS), firstText(p.SEP)
		if cls == "" || sep == "" {
			return "", "", refuse("post_processor", "without cls or sep", "[token, id] for both")
		}
		return cls, sep, nil
	case "TemplateProcessing":
		single := describeTemplate(p.Single)
		if len(p.Single) != 3 || p.Single[0].Special == nil || p.Single[2].Special == nil {
			return "", "", refuse("post_processor.single", single, "[CLS]:0 $A:0 [SEP]:0")
		}
		cls, sep = p.Single[0].Special.ID, p.Single[2].Special.ID
		if want := cls + ":0 $A:0 " + sep + ":0"; single != want {
			return "", "", refuse("post_processor.single", single, want)
		}
		if found, want := describeTemplate(p.Pair), cls+":0 $A:0 "+sep+":0 $B:1 "+sep+":1"; found != want {
			return "", "", refuse("post_processor.pair", found, want)
		}
		return cls, sep, nil
	}
	return "", "", refuse("post_processor.type", p.Type, "TemplateProcessing or BertProcessing")
}

func firstText(pair []any) string {
	if len(pair) == 0 {
		return ""
	}
	text, _ := pair[0].(string)
	return text
}

func describeTemplate(parts []templatePart) string {
	words := make([]string, len(parts))
	for i, part := range parts {
		switch {
		case part.Special != nil:
			words[i] = fmt.Sprintf("%s:%d", part.Special.ID, part.Special.Type)
		case part.Sequence != nil:
			words[i] = fmt.Sprintf("$%s:%d", part.Sequence.ID, part.Sequence.Type)
		default:
			words[i] = "?"
		}
	}
	return strings.Join(words, " ")
}
