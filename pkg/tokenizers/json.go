package tokenizers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/modelfolder"
)

// tokenizerJSON holds the parts of tokenizer.json, the file of Hugging Face's tokenizers,
// that describe BERT's tokenizer.
type tokenizerJSON struct {
	fields map[string]json.RawMessage // all fields, unchanged

	Version    *string     `json:"version"`
	Truncation *directed   `json:"truncation"`
	Padding    *directed   `json:"padding"`
	Added      []fileToken `json:"added_tokens"`
	Normalizer *struct {
		Type         string `json:"type"`
		CleanText    *bool  `json:"clean_text"`
		Chinese      *bool  `json:"handle_chinese_chars"`
		StripAccents *bool  `json:"strip_accents"`
		Lowercase    *bool  `json:"lowercase"`
	} `json:"normalizer"`
	PreTokenizer  *typed         `json:"pre_tokenizer"`
	PostProcessor *postProcessor `json:"post_processor"`
	Decoder       *struct {
		Type    string `json:"type"`
		Cleanup *bool  `json:"cleanup"`
	} `json:"decoder"`
	Model *struct {
		Type     string          `json:"type"`
		Unknown  string          `json:"unk_token"`
		Prefix   *string         `json:"continuing_subword_prefix"`
		MaxRunes *int            `json:"max_input_chars_per_word"`
		Vocab    json.RawMessage `json:"vocab"`
	} `json:"model"`
}

// tokenizerJSONFields holds all fields of tokenizer.json. tokenizers 0.23 refuses a file with
// another.
var tokenizerJSONFields = []string{"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"}

type typed struct {
	Type string `json:"type"`
}

type directed struct {
	Direction string `json:"direction"`
}

// parseTokenizerJSON reads a tokenizer.json and refuses every tokenizer that this package does
// not compute. An id must be less than rows or than the number of pieces.
func parseTokenizerJSON(data []byte, rows int) (*tokenizerJSON, pieceVocab, Options, error) {
	file := tokenizerJSON{}
	none := func(err error) (*tokenizerJSON, pieceVocab, Options, error) {
		return nil, pieceVocab{}, Options{}, err
	}
	if err := unmarshal(data, &file); err != nil {
		return none(err)
	}
	if err := unmarshal(data, &file.fields); err != nil {
		return none(err)
	}
	if err := file.checkKinds(); err != nil {
		return none(err)
	}
	opts := Options{UNK: file.Model.Unknown, Prefix: *file.Model.Prefix, MaxWordRunes: *file.Model.MaxRunes}
	n := file.Normalizer
	opts.Lowercase, opts.KeepControls, opts.KeepChineseWords = *n.Lowercase, !*n.CleanText, !*n.Chinese
	opts.StripAccents = n.StripAccents
	opts.KeepSpaces = file.Decoder != nil && file.Decoder.Cleanup != nil && !*file.Decoder.Cleanup
	var err error
	if opts.CLS, opts.SEP, err = file.PostProcessor.specials(); err != nil {
		return none(err)
	}
	vocab, err := parseVocabObject(file.Model.Vocab, rows)
	if err != nil {
		return none(err)
	}
	var problems []error
	for i := range file.Added {
		if token := &file.Added[i]; token.SingleWord {
			problems = append(problems, &Error{Field: "added_tokens", Kind: ErrUnsupported, Reason: singleWord(token.Content)})
		}
	}
	if err := errors.Join(problems...); err != nil {
		return none(err)
	}
	return &file, vocab, opts, nil
}

// checkKinds refuses a file whose parts are not those of BERT's tokenizer. It reports one
// problem of each part.
func (f *tokenizerJSON) checkKinds() error {
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(f.fields)) {
		if !slices.Contains(tokenizerJSONFields, name) {
			problems = append(problems, &Error{Field: name, Kind: ErrUnsupported, Reason: fmt.Sprintf("is %s, expected no field of this name, which tokenizers refuses too: delete it", shortJSON(f.fields[name]))})
		}
	}
	if f.Version != nil && *f.Version != "1.0" {
		problems = append(problems, wrongPart("version", *f.Version, "1.0"))
	}
	if f.PreTokenizer == nil {
		problems = append(problems, wrongPart("pre_tokenizer", "", "BertPreTokenizer"))
	} else if f.PreTokenizer.Type != "BertPreTokenizer" {
		problems = append(problems, wrongPart("pre_tokenizer.type", f.PreTokenizer.Type, "BertPreTokenizer"))
	}
	if f.PostProcessor == nil {
		problems = append(problems, wrongPart("post_processor", "", "TemplateProcessing or BertProcessing"))
	}
	if f.Decoder != nil && f.Decoder.Type != "WordPiece" {
		problems = append(problems, wrongPart("decoder.type", f.Decoder.Type, "WordPiece"))
	}
	return errors.Join(append([]error{f.checkModel(), f.checkNormalizer()}, problems...)...)
}

func (f *tokenizerJSON) checkModel() error {
	m := f.Model
	switch {
	case m == nil:
		return wrongPart("model", "", "WordPiece")
	case m.Type != "WordPiece" && (m.Type != "" || m.MaxRunes == nil): // old files have no type
		return wrongPart("model.type", m.Type, "WordPiece")
	case m.MaxRunes == nil:
		return wrongPart("model.max_input_chars_per_word", "", "a number")
	case *m.MaxRunes < 1:
		return wrongPart("model.max_input_chars_per_word", fmt.Sprint(*m.MaxRunes), "1 or more")
	case m.Prefix == nil || *m.Prefix == "":
		return wrongPart("model.continuing_subword_prefix", "", "a text such as \"##\"")
	case m.Unknown == "":
		return wrongPart("model.unk_token", "", "a piece")
	}
	return nil
}

func (f *tokenizerJSON) checkNormalizer() error {
	n := f.Normalizer
	switch {
	case n == nil:
		return wrongPart("normalizer", "", "BertNormalizer")
	case n.Type != "BertNormalizer":
		return wrongPart("normalizer.type", n.Type, "BertNormalizer")
	case n.CleanText == nil, n.Chinese == nil, n.Lowercase == nil:
		return wrongPart("normalizer", "without one of clean_text, handle_chinese_chars, lowercase", "true or false for each")
	}
	return nil
}

// wrongPart returns the error for a part of tokenizer.json that BERT's tokenizer does not
// have.
func wrongPart(field, found, expected string) error {
	if found == "" {
		found = "missing"
	}
	return &Error{Field: field, Kind: ErrUnsupported, Reason: fmt.Sprintf("is %s, expected %s: only BERT's tokenizer is supported", found, expected)}
}

// checkDirections refuses truncation and padding on the left, which BertTokenizer and
// PreTrainedTokenizerFast read from tokenizer.json.
func (f *tokenizerJSON) checkDirections(config *tokenizerConfig) error {
	var problems []error
	for _, s := range []struct {
		field, side string
		value       *directed
	}{{"truncation.direction", "truncation_side", f.Truncation}, {"padding.direction", "padding_side", f.Padding}} {
		if s.value != nil && strings.EqualFold(s.value.Direction, "left") && !config.fields.given(s.side) {
			problems = append(problems, &Error{Field: s.field, Kind: ErrUnsupported, Reason: fmt.Sprintf(
				"is %q, expected \"Right\" (%s): correct it, or write {%q: \"right\"} into %s, if the model was trained that way, else use another model",
				s.value.Direction, fixedFields[s.side].reason, s.side, modelfolder.TokenizerConfigFile)})
		}
	}
	return errors.Join(problems...)
}

// parseVocabObject reads {"piece": id, ...} in the order of ids. Unlike decoding into a map,
// it finds a repeated piece. Some ids less than rows may have no piece: transformers writes
// such a file for a vocab.txt that repeats a piece.
func parseVocabObject(data []byte, rows int) (pieceVocab, error) {
	ids, err := parseIDs(data)
	if err != nil {
		return pieceVocab{}, err
	}
	names := slices.Sorted(maps.Keys(ids))
	size := len(ids)
	for _, id := range ids {
		if id >= size && id < rows {
			size = id + 1
		}
	}
	pieces, taken := make([]string, size), make([]bool, size)
	var problems []error
	for _, piece := range names {
		id := ids[piece]
		switch {
		case len(problems) == maxErrors:
		case id < 0 || id >= size:
			problems = append(problems, vocabError("%q has id %d, but there are %d pieces; expected the ids 0 to %d, each once", piece, id, len(ids), len(ids)-1))
		case taken[id]:
			problems = append(problems, vocabError("%q and %q share id %d, expected one piece per id", pieces[id], piece, id))
		default:
			pieces[id], taken[id] = piece, true
		}
	}
	if len(problems) > 0 {
		return pieceVocab{}, errors.Join(problems...)
	}
	return pieceVocab{pieces, len(ids)}, nil
}

// parseIDs reads {"piece": id, ...}.
func parseIDs(data []byte) (map[string]int, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, vocabError("is missing or no object, expected {\"piece\": id, ...}")
	}
	ids := map[string]int{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, vocabError("%v", err)
		}
		var id int
		if err := dec.Decode(&id); err != nil {
			return nil, vocabError("the id of %q is not a whole number", key)
		}
		piece := key.(string)
		if before, twice := ids[piece]; twice {
			return nil, vocabError("the piece %q is there twice, with ids %d and %d, expected each piece once", piece, before, id)
		}
		ids[piece] = id
	}
	return ids, nil
}

func vocabError(format string, args ...any) *Error {
	return &Error{Field: "model.vocab", Kind: ErrVocabulary, Reason: fmt.Sprintf(format, args...)}
}

// unmarshal decodes JSON. Its error names the field whose type is wrong.
func unmarshal(data []byte, into any) error {
	if reason := notText(data, "JSON"); reason != "" {
		return &Error{Reason: reason}
	}
	err := json.Unmarshal(data, into)
	if te := (*json.UnmarshalTypeError)(nil); errors.As(err, &te) {
		return &Error{Field: strings.TrimPrefix(te.Field, "."), Reason: fmt.Sprintf("is a JSON %s, expected %s", te.Value, te.Type), Kind: ErrUnsupported}
	}
	if err != nil {
		return &Error{Reason: "is not JSON, or is cut short: " + err.Error()}
	}
	return nil
}
