package tokenizers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/lorabook/lorabook/internal/modelfolder"
)

// tokenRoles holds the fields that name special tokens, in the order in which transformers
// adds those that the vocabulary lacks.
var tokenRoles = []string{"bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"}

// tokenFields holds the tokens that files beside the vocabulary name.
type tokenFields struct {
	named map[string]fileToken // by field: tokenRoles, and others that end in "_token"
	order []string             // fields of named, in the order of their ids
	null  []string             // fields of tokenRoles that are null
	extra []fileToken          // extra_special_tokens

	decoder []fileToken // added_tokens_decoder or added_tokens.json, by id
	closed  bool        // an added_tokens_decoder exists, so that no other file adds tokens

	moved map[string]json.RawMessage // fields of special_tokens_map.json, as tokenizer_config.json holds them
}

// fileToken is a token as files list it.
type fileToken struct {
	AddedToken
	ID         int32 `json:"id"`
	SingleWord bool  `json:"single_word"`

	path, field string // that list the token
	text        bool   // listed as a string, not as an object
}

// UnmarshalJSON reads a token that is a string or an object. The default of an object's
// normalized is the opposite of special, as in tokenizers' AddedToken.
func (f *fileToken) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		f.Special, f.text = true, true
		return json.Unmarshal(data, &f.Content)
	}
	var object struct {
		AddedToken
		Normalized *bool `json:"normalized"`
		ID         int32 `json:"id"`
		SingleWord bool  `json:"single_word"`
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	f.AddedToken, f.ID, f.SingleWord = object.AddedToken, object.ID, object.SingleWord
	f.Normalized = !f.Special
	if object.Normalized != nil {
		f.Normalized = *object.Normalized
	}
	return nil
}

// readTokens reads the tokens that tokenizer_config.json, special_tokens_map.json and
// added_tokens.json name. If tokenizer_config.json has an added_tokens_decoder, transformers
// ignores the other two files, which must not contradict it.
func (c *tokenizerConfig) readTokens(dir string) error {
	t := &c.tokens
	t.named = map[string]fileToken{}
	var problems []error
	for _, name := range c.fields.names {
		problems = append(problems, t.read(c.path, name, c.fields.values[name]))
	}
	if c.fields.given("added_tokens_decoder") {
		t.closed = true
		problems = append(problems, t.readDecoder(c.path, c.fields.values["added_tokens_decoder"]))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if err := t.readSpecialTokensMap(filepath.Join(dir, modelfolder.SpecialTokensFile)); err != nil {
		return err
	}
	if err := t.readAddedTokens(filepath.Join(dir, modelfolder.AddedTokensFile)); err != nil {
		return err
	}
	t.sort()
	return nil
}

// read reads a field if it names special tokens.
func (t *tokenFields) read(path, name string, value json.RawMessage) error {
	null := string(value) == "null"
	switch {
	case name == "extra_special_tokens" || name == "additional_special_tokens":
		return t.readExtra(path, name, value)
	case !isTokenField(name, value):
		return nil
	case null:
		delete(t.named, name)
		t.null = append(t.null, name)
		return nil
	}
	token, err := readToken(path, name, value)
	if err != nil {
		return err
	}
	token.Special = true
	t.named[name] = token
	if !slices.Contains(tokenRoles, name) && !slices.Contains(t.order, name) {
		t.order = append(t.order, name)
	}
	return nil
}

func readToken(path, field string, value json.RawMessage) (fileToken, error) {
	var token fileToken
	if err := unmarshal(value, &token); err != nil {
		return token, atField(err, path, field)
	}
	token.path, token.field = path, field
	if token.SingleWord {
		return token, &Error{Path: path, Field: field, Kind: ErrUnsupported, Reason: singleWord(token.Content)}
	}
	if token.Content == "" {
		return token, &Error{Path: path, Field: field, Kind: ErrUnsupported, Reason: "is empty, expected a token"}
	}
	return token, nil
}

// readExtra reads special tokens without a role: a list, or an object by name.
func (t *tokenFields) readExtra(path, name string, value json.RawMessage) error {
	if isEmptyValue(value) {
		return nil
	}
	if value[0] == '{' {
		named, err := parseObject(value)
		if err != nil {
			return atField(err, path, name)
		}
		for _, field := range named.names {
			token, err := readToken(path, name+"."+field, named.values[field])
			if err != nil {
				return err
			}
			token.Special = true
			if _, ok := t.named[field]; !ok && !slices.Contains(tokenRoles, field) {
				t.order = append(t.order, field)
			}
			t.named[field] = token
		}
		return nil
	}
	var list []json.RawMessage
	if err := unmarshal(value, &list); err != nil {
		return atField(err, path, name)
	}
	var extra []fileToken
	var problems []error
	for i, value := range list {
		token, err := readToken(path, fmt.Sprintf("%s[%d]", name, i), value)
		extra, problems = append(extra, token), append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if len(t.extra) == 0 {
		t.extra = extra
		return nil
	}
	for _, token := range extra { // extra_special_tokens and additional_special_tokens
		if !slices.ContainsFunc(t.extra, func(e fileToken) bool { return e.Content == token.Content }) || len(extra) != len(t.extra) {
			return &Error{Path: path, Field: name, Kind: ErrConflict, Reason: fmt.Sprintf(
				"lists other tokens than %s of %s, expected the same: list the same in both, or delete one", t.extra[0].field, t.extra[0].path)}
		}
	}
	return nil
}

// readDecoder reads added_tokens_decoder, whose keys are ids.
func (t *tokenFields) readDecoder(path string, value json.RawMessage) error {
	const field = "added_tokens_decoder"
	byID, err := parseObject(value)
	if err != nil {
		return atField(err, path, field)
	}
	var problems []error
	for _, key := range byID.names {
		id, err := strconv.ParseInt(key, 10, 32)
		if err != nil {
			problems = append(problems, &Error{Path: path, Field: field, Kind: ErrUnsupported, Reason: fmt.Sprintf("has the key %q, expected an id", key)})
			continue
		}
		token, err := readToken(path, field, byID.values[key])
		token.ID = int32(id)
		t.decoder, problems = append(t.decoder, token), append(problems, err)
	}
	return errors.Join(problems...)
}

// readSpecialTokensMap reads special_tokens_map.json, whose fields take precedence over those
// of tokenizer_config.json.
func (t *tokenFields) readSpecialTokensMap(path string) error {
	file, err := readObject(path)
	if err != nil || file.values == nil {
		return err
	}
	t.moved = map[string]json.RawMessage{}
	var problems []error
	for _, name := range file.names {
		problems = append(problems, t.readSpecialTokensField(path, name, file.values[name]))
	}
	return errors.Join(problems...)
}

// readSpecialTokensField reads one field of special_tokens_map.json.
func (t *tokenFields) readSpecialTokensField(path, name string, value json.RawMessage) error {
	isExtra := name == "extra_special_tokens" || name == "additional_special_tokens"
	switch {
	case !isExtra && !isTokenField(name, value) && isEmptyValue(value):
		return nil
	case !isExtra && !isTokenField(name, value):
		return &Error{Path: path, Field: name, Kind: ErrUnsupported, Reason: fmt.Sprintf(
			"is %s, expected only special tokens in this file: move the field to %s", shortJSON(value), modelfolder.TokenizerConfigFile)}
	case t.closed && isExtra:
		return t.sameExtra(path, name, value)
	case t.closed:
		return t.sameName(path, name, value)
	}
	if err := t.read(path, name, value); err != nil {
		return err
	}
	t.moved[name] = typedToken(value)
	return nil
}

// sameName compares a special token with that of tokenizer_config.json.
func (t *tokenFields) sameName(path, name string, value json.RawMessage) error {
	if string(value) == "null" {
		return nil
	}
	token, err := readToken(path, name, value)
	if err != nil {
		return err
	}
	here, given := t.named[name]
	if !given {
		here.Content = standardSpecials[name]
	}
	if here.Content != token.Content {
		return &Error{Path: path, Field: name, Kind: ErrConflict, Reason: fmt.Sprintf(
			"is %q, expected %q as in %s beside it, whose added_tokens_decoder makes transformers ignore this file: correct the wrong one, or delete this file",
			token.Content, here.Content, modelfolder.TokenizerConfigFile)}
	}
	return nil
}

// sameExtra refuses extra special tokens that are not among those of added_tokens_decoder
// and tokenizer_config.json.
func (t *tokenFields) sameExtra(path, name string, value json.RawMessage) error {
	other := tokenFields{named: map[string]fileToken{}}
	if err := other.readExtra(path, name, value); err != nil {
		return err
	}
	var problems []error
	for _, token := range other.extra {
		same := func(o fileToken) bool { return o.Content == token.Content }
		if !slices.ContainsFunc(t.decoder, same) && !slices.ContainsFunc(t.extra, same) {
			problems = append(problems, &Error{Path: path, Field: token.field, Kind: ErrConflict, Reason: notInDecoder(token.Content)})
		}
	}
	return errors.Join(problems...)
}

func notInDecoder(token string) string {
	return fmt.Sprintf("lists %q, expected the token in added_tokens_decoder of %s too, which transformers considers complete: list the token in both, or in neither", token, modelfolder.TokenizerConfigFile)
}

// readAddedTokens reads added_tokens.json: {"token": id}. A token is special if another file
// names it as a string under one of tokenRoles, or lists it as an extra token; transformers
// does not consider one special that tokenizer_config.json names as an object.
func (t *tokenFields) readAddedTokens(path string) error {
	file, err := readObject(path)
	if err != nil {
		return err
	}
	var problems []error
	for _, content := range file.names {
		var id int32
		same := func(o fileToken) bool { return o.Content == content }
		switch err := unmarshal(file.values[content], &id); {
		case err != nil:
			problems = append(problems, atField(err, path, content))
			continue
		case t.closed && !slices.ContainsFunc(t.decoder, same):
			problems = append(problems, &Error{Path: path, Field: content, Kind: ErrConflict, Reason: notInDecoder(content)})
			continue
		case t.closed:
			continue
		}
		special := slices.ContainsFunc(t.extra, func(o fileToken) bool { return o.text && same(o) })
		for _, role := range tokenRoles {
			token := t.named[role]
			special = special || same(token) && (token.text || filepath.Base(token.path) == modelfolder.SpecialTokensFile)
		}
		t.decoder = append(t.decoder, fileToken{
			AddedToken: AddedToken{Content: content, Normalized: !special, Special: special}, ID: id, path: path, field: content,
		})
	}
	return errors.Join(problems...)
}

// readObject reads a file that holds a JSON object. A missing file gives no values.
func readObject(path string) (jsonObject, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return jsonObject{}, nil
	}
	if err != nil {
		return jsonObject{}, err
	}
	object, err := parseObject(data)
	return object, atPath(err, path)
}

// sort orders tokens and names as transformers adds them.
func (t *tokenFields) sort() {
	slices.SortStableFunc(t.decoder, func(a, b fileToken) int { return int(a.ID) - int(b.ID) })
	order := slices.DeleteFunc(slices.Clone(tokenRoles), func(field string) bool {
		_, ok := t.named[field]
		return !ok
	})
	t.order = append(order, t.order...)
}

// typedToken returns the value of a special token for tokenizer_config.json: transformers 5
// requires "__type" in an object.
func typedToken(value json.RawMessage) json.RawMessage {
	if value[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(value, &list) != nil {
			return value
		}
		for i := range list {
			list[i] = typedToken(list[i])
		}
		typed, err := json.Marshal(list)
		if err != nil {
			return value
		}
		return typed
	}
	var object map[string]any
	if value[0] != '{' || !bytes.Contains(value, []byte(`"content"`)) || json.Unmarshal(value, &object) != nil {
		return value
	}
	object["__type"] = "AddedToken"
	typed, err := json.Marshal(object)
	if err != nil {
		return value
	}
	return typed
}
