package tokenizers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// jsonObject is a JSON object whose fields keep their order in the file.
type jsonObject struct {
	names  []string
	values map[string]json.RawMessage
}

// parseObject reads a JSON object. If it repeats a field, the last value counts, as in
// Python.
func parseObject(data []byte) (jsonObject, error) {
	o := jsonObject{values: map[string]json.RawMessage{}}
	if err := unmarshal(data, &o.values); err != nil {
		return o, err
	}
	if o.values == nil {
		return o, &Error{Reason: "is null, expected a JSON object", Kind: ErrUnsupported}
	}
	dec, seen := json.NewDecoder(bytes.NewReader(data)), map[string]bool{}
	if _, err := dec.Token(); err != nil { // {
		return o, err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return o, err
		}
		var skipped json.RawMessage
		if err := dec.Decode(&skipped); err != nil {
			return o, err
		}
		if name := name.(string); !seen[name] {
			o.names, seen[name] = append(o.names, name), true
		}
	}
	return o, nil
}

// given reports whether the object has a field that is not null.
func (o jsonObject) given(name string) bool {
	value, ok := o.values[name]
	return ok && string(value) != "null"
}

// inertFields holds the fields of tokenizer_config.json that change no id. A saved tokenizer
// keeps them. Source: transformers 5.24.0, PreTrainedTokenizerBase and TokenizersBackend.
var inertFields = []string{
	"model_max_length", "max_len", "max_length", "stride", "truncation_strategy", "pad_to_multiple_of",
	"pad_token_type_id", "model_input_names", "return_token_type_ids", "return_attention_mask", "return_tensors",
	"clean_up_tokenization_spaces", "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output",
	"chat_template", "response_template", "response_schema", "chat_control_tokens", "add_prefix_space", "add_bos_token", "add_eos_token",
	"name_or_path", "special_tokens_map_file", "tokenizer_file", "vocab_file", "full_tokenizer_file", "files_loaded",
	"processor_class", "backend", "is_local", "local_files_only", "use_fast", "is_fast", "from_slow", "slow_tokenizer_class",
	"trust_remote_code", "revision", "cache_dir", "_commit_hash", "device_map", "verbose", "legacy", "errors", "transformers_version",
	"model_type", "max_seq_length", "vocab_size", "use_auth_token", "token",
	"pad_token_id", "unk_token_id", "cls_token_id", "sep_token_id", "mask_token_id", "bos_token_id", "eos_token_id",
}

// readFields holds the fields that this package computes.
var readFields = []string{
	"tokenizer_class", "do_lower_case", "strip_accents", "tokenize_chinese_chars", "never_split",
	"added_tokens_decoder", "extra_special_tokens", "additional_special_tokens",
}

// fixedFields holds the fields of which this package computes one value only.
var fixedFields = map[string]struct{ value, reason string }{
	"do_basic_tokenize":    {"true", "BERT's clean-up and splitting into words"},
	"split_special_tokens": {"false", "a special token in a text is found whole"},
	"truncation_side":      {`"right"`, "texts lose their end"},
	"padding_side":         {`"right"`, "[PAD] follows a batch's shorter texts; in front of them it would move BERT's positions"},
	"clean_text":           {"true", "control characters are removed"},
	"wordpieces_prefix":    {`"##"`, "the prefix of BERT's pieces"},
	"fast_tokenizer_files": {`["tokenizer.json"]`, "one tokenizer.json for every version of transformers"},
}

// checkFields refuses every field of tokenizer_config.json that may change ids and that is
// not computed.
func (c *tokenizerConfig) checkFields() error {
	var problems []error
	for _, name := range c.fields.names {
		if reason := unsupportedField(name, c.fields.values[name]); reason != "" {
			problems = append(problems, c.unsupported(name, reason))
		}
	}
	return errors.Join(problems...)
}

// unsupportedField returns the reason for which a field of tokenizer_config.json cannot be
// accepted; "" if it can.
func unsupportedField(name string, value json.RawMessage) string {
	if string(value) == "null" || slices.Contains(inertFields, name) || slices.Contains(readFields, name) || isTokenField(name, value) {
		return ""
	}
	if fixed, ok := fixedFields[name]; ok {
		if shortJSON(value) == fixed.value {
			return ""
		}
		return fmt.Sprintf("is %s, expected %s (%s): write %s if the model was trained that way, else use another model", shortJSON(value), fixed.value, fixed.reason, fixed.value)
	}
	if isEmptyValue(value) {
		return ""
	}
	if name == "auto_map" {
		return fmt.Sprintf("is %s: Python code of its own computes the tokenizer, expected a tokenizer of transformers; delete the field if transformers' BertTokenizer gives the same ids, else use another model", shortJSON(value))
	}
	return fmt.Sprintf("is %s; this field is not computed, and it may change the ids of a text: delete the field if the model was trained without it, else use a model whose tokenizer is BertTokenizer", shortJSON(value))
}

// isTokenField reports whether a field names a special token. To transformers, every string
// or token object does whose field's name ends in "_token".
func isTokenField(name string, value json.RawMessage) bool {
	return slices.Contains(tokenRoles, name) ||
		strings.HasSuffix(name, "_token") && (value[0] == '"' || value[0] == '{' && bytes.Contains(value, []byte(`"content"`)))
}

// isEmptyValue reports whether a value changes nothing: null, false, 0 or empty.
func isEmptyValue(value json.RawMessage) bool {
	switch string(value) {
	case "null", "false", `""`, "0", "[]", "{}":
		return true
	}
	return false
}

// shortJSON returns a value on one line, cut off after 80 characters.
func shortJSON(value json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Compact(&b, value); err != nil {
		return string(value)
	}
	if text := []rune(b.String()); len(text) > 80 {
		return string(text[:80]) + "..."
	}
	return b.String()
}
