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

// tokenizerJSON is tokenizer.json, the file of Rust's tokenizers library, as far
// as it describes BERT's tokenizer.
type tokenizerJSON struct {
	fields map[string]json.RawMessage // all, as they are in the file

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

// tokenizerJSONFields are all fields of tokenizer.json. tokenizers 0.23 reads no file
// with another.
var tokenizerJSONFields = []string{"version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"}

type typed struct {
	Type string `json:"type"`
}

type directed struct {
	Direction string `json:"direction"`
}

// parseTokenizerJSON reads a tokenizer.json, and refuses every kind of tokenizer
// that this package would imitate wrongly. Ids are expected below rows, or below the
// number of pieces.
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
	for i := range file.Added {
		if token := &file.Added[i]; token.SingleWord {
			return none(&Error{Field: "added_tokens", Kind: ErrUnsupported, Reason: singleWord(token.Content)})
		}
	}
	return &file, vocab, opts, nil
}

func (f *tokenizerJSON) checkKinds() error {
	refuse := func(field, found, expected string) error {
		if found == "" {
			found = "missing"
		}
		return &Error{Field: field, Kind: ErrUnsupported, Reason: fmt.Sprintf("is %s, expected %s: only tokenizers of BERT's kind are supported", found, expected)}
	}
	for _, name := range slices.Sorted(maps.Keys(f.fields)) {
		if !slices.Contains(tokenizerJSONFields, name) {
			return &Error{Field: name, Kind: ErrUnsupported, Reason: fmt.Sprintf("is %s, but tokenizers, whose file this is, refuses a field of this name: delete it", shortJSON(f.fields[name]))}
		}
	}
	switch {
	case f.Version != nil && *f.Version != "1.0":
		return refuse("version", *f.Version, "1.0")
	case f.Model == nil:
		return refuse("model", "", "WordPiece")
	case f.Model.Type != "WordPiece" && (f.Model.Type != "" || f.Model.MaxRunes == nil): // old files leave it out
		return refuse("model.type", f.Model.Type, "WordPiece")
	case f.Model.MaxRunes == nil:
		return refuse("model.max_input_chars_per_word", "", "a number")
	case *f.Model.MaxRunes < 1:
		return refuse("model.max_input_chars_per_word", fmt.Sprint(*f.Model.MaxRunes), "1 or more")
	case f.Model.Prefix == nil || *f.Model.Prefix == "":
		return refuse("model.continuing_subword_prefix", "", "a text such as \"##\"")
	case f.Model.Unknown == "":
		return refuse("model.unk_token", "", "a piece")
	case f.Normalizer == nil:
		return refuse("normalizer", "", "BertNormalizer")
	case f.Normalizer.Type != "BertNormalizer":
		return refuse("normalizer.type", f.Normalizer.Type, "BertNormalizer")
	case f.Normalizer.CleanText == nil, f.Normalizer.Chinese == nil, f.Normalizer.Lowercase == nil:
		return refuse("normalizer", "without one of clean_text, handle_chinese_chars, lowercase", "true or false for each")
	case f.PreTokenizer == nil:
		return refuse("pre_tokenizer", "", "BertPreTokenizer")
	case f.PreTokenizer.Type != "BertPreTokenizer":
		return refuse("pre_tokenizer.type", f.PreTokenizer.Type, "BertPreTokenizer")
	case f.PostProcessor == nil:
		return refuse("post_processor", "", "TemplateProcessing or BertProcessing")
	case f.Decoder != nil && f.Decoder.Type != "WordPiece":
		return refuse("decoder.type", f.Decoder.Type, "WordPiece")
	}
	return nil
}

// checkDirections refuses truncation and padding at the left, which BertTokenizer and
// PreTrainedTokenizerFast take from tokenizer.json.
func (f *tokenizerJSON) checkDirections(config *tokenizerConfig) error {
	for _, s := range []struct {
		field, side string
		value       *directed
	}{{"truncation.direction", "truncation_side", f.Truncation}, {"padding.direction", "padding_side", f.Padding}} {
		if s.value != nil && strings.EqualFold(s.value.Direction, "left") && !config.fields.given(s.side) {
			return &Error{Field: s.field, Kind: ErrUnsupported, Reason: fmt.Sprintf(
				"is %q, expected \"Right\": %s. Correct it, or write {%q: \"right\"} into %s, where the model was trained so, else take another model",
				s.value.Direction, fixedFields[s.side].reason, s.side, modelfolder.TokenizerConfigFile)}
		}
	}
	return nil
}

// parseVocabObject reads {"piece": id, ...} in the order of ids. Unlike a map, it
// sees a piece that is there twice. Ids may leave out some below rows, which no piece
// has: transformers writes such a file for a vocab.txt that holds a piece twice.
func parseVocabObject(data []byte, rows int) (pieceVocab, error) {
	bad := func(format string, args ...any) error {
		return &Error{Field: "model.vocab", Kind: ErrVocabulary, Reason: fmt.Sprintf(format, args...)}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return pieceVocab{}, bad("is missing or no object; expected {\"piece\": id, ...}")
	}
	ids := map[string]int{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return pieceVocab{}, bad("%v", err)
		}
		var id int
		if err := dec.Decode(&id); err != nil {
			return pieceVocab{}, bad("the id of %q is not a whole number", key)
		}
		piece := key.(string)
		if before, twice := ids[piece]; twice {
			return pieceVocab{}, bad("the piece %q is there twice, with ids %d and %d", piece, before, id)
		}
		ids[piece] = id
	}
	size := len(ids)
	for _, id := range ids {
		if id >= size && id < rows {
			size = id + 1
		}
	}
	pieces, taken := make([]string, size), make([]bool, size)
	for piece, id := range ids {
		if id < 0 || id >= size {
			return pieceVocab{}, bad("%q has id %d, but there are %d pieces; expected the ids 0 to %d, each once", piece, id, len(ids), len(ids)-1)
		}
		if taken[id] {
			return pieceVocab{}, bad("%q and %q share id %d", min(piece, pieces[id]), max(piece, pieces[id]), id)
		}
		pieces[id], taken[id] = piece, true
	}
	return pieceVocab{pieces, len(ids)}, nil
}

// unmarshal decodes JSON, and names the field whose type is wrong.
func unmarshal(data []byte, into any) error {
	if reason := notText(data, "JSON"); reason != "" {
		return &Error{Reason: reason}
	}
	err := json.Unmarshal(data, into)
	if te := (*json.UnmarshalTypeError)(nil); errors.As(err, &te) {
		return &Error{Field: strings.TrimPrefix(te.Field, "."), Reason: fmt.Sprintf("is a JSON %s, expected %s", te.Value, te.Type), Kind: ErrUnsupported}
	}
	if err != nil {
		return &Error{Reason: "is not JSON, or cut short: " + err.Error()}
	}
	return nil
}
