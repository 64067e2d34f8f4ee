package tokenizers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// jsonObject is a JSON object whose fields keep the file's order.
type jsonObject struct {
	names  []string
	values map[string]json.RawMessage
}

// parseObject reads a JSON object. Of a field that is there twice the last value
// counts, as in Python.
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

// given reports whether a field is there and is not null.
func (o jsonObject) given(name string) bool {
	value, ok := o.values[name]
	return ok && string(value) != "null"
}

// inertFields of tokenizer_config.json change no id, and are kept when a tokenizer is
// saved. Source: transformers 5.24.0, PreTrainedTokenizerBase and TokenizersBackend.
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

// readFields are computed here, by this package.
var readFields = []string{
	"tokenizer_class", "do_lower_case", "strip_accents", "tokenize_chinese_chars", "never_split",
	"added_tokens_decoder", "extra_special_tokens", "additional_special_tokens",
}

// fixedFields have one value that is computed.
var fixedFields = map[string]struct{ value, reason string }{
	"do_basic_tokenize":    {"true", "BERT's clean-up and splitting into words"},
	"split_special_tokens": {"false", "a special token in a text is found whole"},
	"truncation_side":      {`"right"`, "texts lose their end"},
	"padding_side":         {`"right"`, "[PAD] follows a batch's shorter texts; in front of them it would move BERT's positions"},
	"clean_text":           {"true", "control characters are removed"},
	"wordpieces_prefix":    {`"##"`, "the prefix of BERT's pieces"},
	"fast_tokenizer_files": {`["tokenizer.json"]`, "one tokenizer.json for every version of transformers"},
}

// checkFields refuses every field of tokenizer_config.json that may change ids and
// that is not computed.
func (c *tokenizerConfig) checkFields() error {
	for _, name := range c.fields.names {
		value := c.fields.values[name]
		if string(value) == "null" || slices.Contains(inertFields, name) || slices.Contains(readFields, name) || isTokenField(name, value) {
			continue
		}
		if fixed, ok := fixedFields[name]; ok {
			if shortJSON(value) != fixed.value {
				return c.unsupported(name, fmt.Sprintf("is %s, expected %s: %s. Write %s where the model was trained so, else take another model", shortJSON(value), fixed.value, fixed.reason, fixed.value))
			}
			continue
		}
		if asksNothing(value) {
			continue
		}
		remedy := "delete the field if the model was trained without it, else take a model whose tokenizer is BertTokenizer"
		if name == "auto_map" {
			remedy = "the tokenizer is computed by Python code of its own; delete the field if transformers' BertTokenizer gives the same ids, else take another model"
		}
		return c.unsupported(name, fmt.Sprintf("is %s; lorabook does not compute this field, and it may change the ids of a text: %s", shortJSON(value), remedy))
	}
	return nil
}

// isTokenField reports whether a field names a special token: transformers takes every
// text or token object under a name that ends in "_token" for one.
func isTokenField(name string, value json.RawMessage) bool {
	return slices.Contains(tokenRoles, name) ||
		strings.HasSuffix(name, "_token") && (value[0] == '"' || value[0] == '{' && bytes.Contains(value, []byte(`"content"`)))
}

// asksNothing reports whether a value leaves everything as it is: null, false, 0 and
// what is empty.
func asksNothing(value json.RawMessage) bool {
	switch string(value) {
	case "null", "false", `""`, "0", "[]", "{}":
		return true
	}
	return false
}

// shortJSON is a value on one line, cut off where it is long.
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
