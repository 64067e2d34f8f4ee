package classify

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/entities"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Tagged is a Classifier's answer to one sentence, of a model for data.TokenClassification.
type Tagged struct {
	Text     string       // the text, or the words of Tag with a blank between them
	Words    []TaggedWord // in their order
	Entities []Entity     // in their order
	// Unread is the number of words that the model did not read, since the sentence is longer than
	// Options.MaxLength tokens or the word has no token. Their tag is "O".
	Unread        int
	UnknownTokens tokenizers.UnknownTokens // as in [Answer]
	Long          bool                     // as in [Answer]
}

// TaggedWord is a word with its tag.
type TaggedWord struct {
	Word        string
	Start, End  int     // bytes of Text
	Tag         string  // the most probable one, such as "B-PER"
	Probability float64 // of the tag; 0 for a word that was not read
}

// Entity is a name in a sentence: the words of one entity, by the rules of entities.Spans.
type Entity struct {
	Type               string  // such as "PER"
	Text               string  // of the sentence, from the first to the last word
	FirstWord, EndWord int     // the words FirstWord to EndWord-1
	Start, End         int     // bytes of the sentence's Text
	StartRune, EndRune int     // characters of the sentence's Text, as Python counts them
	Probability        float64 // mean of the probabilities of its words' tags, as transformers' pipeline with aggregation_strategy="first"
}

// Tag finds the entities in sentences that are divided into words, as the training examples are:
// most data sets separate punctuation from words. It does not clean the words. A model for another
// task is a *TaskError. A sentence without words has no entities. Blank words, and those that are
// not valid UTF-8, are an error. If ctx ends first, its error is returned.
func (c *Classifier) Tag(ctx context.Context, sentences [][]string) ([]Tagged, error) {
	texts, words := make([]string, len(sentences)), make([][]TaggedWord, len(sentences))
	for i, sentence := range sentences {
		var err error
		if texts[i], words[i], err = joinWords(sentence); err != nil {
			return nil, fmt.Errorf("sentence %d, %w", i, err)
		}
	}
	return c.tag(ctx, texts, words)
}

// joinWords returns a text of words with a blank between them.
func joinWords(sentence []string) (string, []TaggedWord, error) {
	var text strings.Builder
	var words []TaggedWord
	for n, word := range sentence {
		if !utf8.ValidString(word) || strings.TrimSpace(word) == "" {
			return "", nil, fmt.Errorf("word %d is %q: expected a word in UTF-8", n, word)
		}
		if n > 0 {
			text.WriteByte(' ')
		}
		words = append(words, TaggedWord{Word: word, Start: text.Len(), End: text.Len() + len(word)})
		text.WriteString(word)
	}
	return text.String(), words, nil
}

// TagTexts is Tag for texts, which it divides into words at white space. Punctuation at the
// beginning and at the end of a word is a word of its own, character by character: "(Bonn)." has
// four words, "O'Hara" and "U.N" have one.
func (c *Classifier) TagTexts(ctx context.Context, texts []string) ([]Tagged, error) {
	words := make([][]TaggedWord, len(texts))
	for i, text := range texts {
		if !utf8.ValidString(text) {
			return nil, fmt.Errorf("text %d is not valid UTF-8", i)
		}
		words[i] = wordsOf(text)
	}
	return c.tag(ctx, texts, words)
}

// wordsOf divides a text as TagTexts does.
func wordsOf(text string) (words []TaggedWord) {
	add := func(start, end int) {
		if start < end {
			words = append(words, TaggedWord{Word: text[start:end], Start: start, End: end})
		}
	}
	isMark := func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }
	for at := 0; at < len(text); {
		length := strings.IndexFunc(text[at:], unicode.IsSpace)
		if length < 0 {
			length = len(text) - at
		}
		start, end := at, at+length
		for start < end {
			r, size := utf8.DecodeRuneInString(text[start:end])
			if !isMark(r) {
				break
			}
			add(start, start+size)
			start += size
		}
		var after []int // ends of the marks after the word, the last first
		last := end
		for last > start {
			r, size := utf8.DecodeLastRuneInString(text[start:last])
			if !isMark(r) {
				break
			}
			after = append(after, last)
			last -= size
		}
		add(start, last)
		for i := len(after) - 1; i >= 0; i-- {
			add(last, after[i])
			last = after[i]
		}
		_, size := utf8.DecodeRuneInString(text[end:])
		at = end + size
	}
	return words
}

// tag waits for its turn and finds the tags of the words of texts.
func (c *Classifier) tag(ctx context.Context, texts []string, words [][]TaggedWord) ([]Tagged, error) {
	if t := c.Task(); t != data.TokenClassification {
		return nil, &TaskError{Task: t, Call: "Tag", Use: callsOf(t)}
	}
	if len(texts) == 0 {
		return nil, nil
	}
	examples := make([]data.Example, len(texts))
	for i := range examples {
		for _, w := range words[i] {
			examples[i].Words = append(examples[i].Words, w.Word)
		}
	}
	prepared, err := c.predictor.Prepare(examples, nil)
	if err != nil {
		return nil, err
	}
	var logits [][]float32
	err = c.alone(ctx, func() error {
		logits, err = c.predictor.wordLogits(ctx, prepared, nil, "", nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Tagged, len(texts))
	for i, text := range texts {
		answers, err := c.predictor.wordAnswers(prepared, i, logits[i])
		if err != nil {
			return nil, err
		}
		out[i] = Tagged{Text: text, Words: words[i], UnknownTokens: tokenizers.CountUnknown(c.model.Tokenizer, [][]int32{prepared.rows.IDs[i]}), Long: prepared.rows.Long(i)}
		out[i].set(c.model.Config.Labels, answers)
	}
	return out, nil
}

// set sets the tags of the words, and the entities.
func (t *Tagged) set(classes []string, answers []wordAnswer) {
	tags := make([]string, len(answers))
	for word, a := range answers {
		tags[word] = classes[a.tag]
		t.Words[word].Tag, t.Words[word].Probability = tags[word], a.probability
		if !a.read {
			t.Unread++
		}
	}
	for _, span := range entities.Spans(tags) {
		t.Entities = append(t.Entities, t.entity(span))
	}
}

// entity returns the entity of a span of words.
func (t *Tagged) entity(span entities.Entity) Entity {
	e := Entity{Type: span.Type, FirstWord: span.Start, EndWord: span.End, Start: t.Words[span.Start].Start, End: t.Words[span.End-1].End}
	e.Text = t.Text[e.Start:e.End]
	e.StartRune = utf8.RuneCountInString(t.Text[:e.Start])
	e.EndRune = e.StartRune + utf8.RuneCountInString(e.Text)
	for _, w := range t.Words[span.Start:span.End] {
		e.Probability += w.Probability / float64(span.End-span.Start)
	}
	return e
}
