package tokenizers

import (
	"fmt"
	"strings"
)

// Tokens returns the token of each id ("play", "##ing"). An id outside the vocabulary gives
// "<id 99999>".
func (t *Tokenizer) Tokens(ids []int32) []string {
	tokens := make([]string, len(ids))
	for i, id := range ids {
		tokens[i] = t.token(id)
	}
	return tokens
}

func (t *Tokenizer) token(id int32) string {
	if id < 0 || int(id) >= len(t.pieces) {
		return fmt.Sprintf("<id %d>", id)
	}
	return t.pieces[id]
}

// Decode turns ids into readable text: it omits special tokens, joins pieces and removes the
// spaces before punctuation. Decode cannot restore what normalization removed (case,
// accents, white space). An id outside the vocabulary gives "<id 99999>". The text equals
// that of Hugging Face's tokenizers; transformers removes a few more spaces if
// tokenizer_config.json sets clean_up_tokenization_spaces.
func (t *Tokenizer) Decode(ids []int32) string {
	var b strings.Builder
	first := true
	for _, id := range ids {
		if t.special[id] {
			continue
		}
		token, changed := t.shown[id]
		if !changed {
			token = t.token(id)
		}
		if !first {
			if rest, ok := strings.CutPrefix(token, t.opts.Prefix); ok {
				token = rest
			} else {
				token = " " + token
			}
		}
		first = false
		if !t.opts.KeepSpaces {
			token = closeSpaces(token)
		}
		b.WriteString(token)
	}
	return b.String()
}

// closeSpaces removes, within one token, the space before punctuation and contractions, in
// the same steps as the decoder of Hugging Face's tokenizers.
func closeSpaces(token string) string {
	for _, step := range [...][2]string{
		{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"},
		{" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
	} {
		token = strings.ReplaceAll(token, step[0], step[1])
	}
	return token
}
