package tokenizers

import (
	"fmt"
	"strings"
)

// Tokens returns how each id is spelt in the vocabulary ("play", "##ing"). An id
// outside it is shown as "<id 99999>".
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

// Decode turns ids back into readable text: special tokens are left out, pieces
// joined, the spaces before punctuation closed. What clean-up changed (case,
// accents, white space) does not come back. An id outside the vocabulary is shown
// as "<id 99999>". The text is that of Rust's tokenizers; transformers closes a few
// spaces more where tokenizer_config.json sets clean_up_tokenization_spaces.
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

// closeSpaces undoes, within one token, the spaces that pieces are joined with,
// step by step as the decoder of Rust's tokenizers does.
func closeSpaces(token string) string {
	for _, step := range [...][2]string{
		{" .", "."}, {" ?", "?"}, {" !", "!"}, {" ,", ","}, {" ' ", "'"}, {" n't", "n't"}, {" 'm", "'m"},
		{" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
	} {
		token = strings.ReplaceAll(token, step[0], step[1])
	}
	return token
}
