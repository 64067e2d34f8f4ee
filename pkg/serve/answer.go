package serve

import (
	"cmp"
	"slices"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// answers is the response of POST /v1/classify.
type answers struct {
	Answers []answer `json:"answers"` // in the order of the inputs
}

// answer is the answer to one input.
type answer struct {
	Adapter string    `json:"adapter"`
	Version string    `json:"version"` // of the adapter, as in /v1/models
	Task    data.Task `json:"task"`

	// Label is the most probable class and Score its probability, for data.SingleLabel.
	Label string   `json:"label,omitempty"`
	Score *float64 `json:"score,omitempty"`
	// Labels are the classes from the threshold on, for data.MultiLabel: possibly none.
	Labels *[]string `json:"labels,omitempty"`
	// Scores are the most probable classes, the most probable first.
	Scores []score `json:"scores,omitempty"`
	// Value is the number, for data.Regression.
	Value *float64 `json:"value,omitempty"`
	// Text is the text in which Entities have their places, for data.TokenClassification, and
	// UnreadWords the number of its words that the model did not read.
	Text        *string   `json:"text,omitempty"`
	Entities    *[]entity `json:"entities,omitempty"`
	UnreadWords *int      `json:"unread_words,omitempty"`

	Tokens        int    `json:"tokens"`         // of the text that the model read, without special tokens
	CutTokens     int    `json:"cut_tokens"`     // of the text that the model did not read
	UnknownTokens int    `json:"unknown_tokens"` // [UNK] among the tokens
	Words         *words `json:"words,omitempty"`
}

// entity is a name in a text.
type entity struct {
	Label string  `json:"label"` // such as "PER"
	Score float64 `json:"score"` // mean of the probabilities of its words' tags
	Text  string  `json:"text"`
	Start int     `json:"start"` // characters of the answer's text, as Python counts them
	End   int     `json:"end"`
}

// score is a class with its probability.
type score struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// words are the contributions of the words to the prediction of a class.
type words struct {
	Label    string       `json:"label,omitempty"` // the class; none for data.Regression
	Text     []wordEffect `json:"text"`
	TextPair []wordEffect `json:"text_pair,omitempty"`
}

// wordEffect is the increase of the class's log-odds, or of the number, by a word.
type wordEffect struct {
	Word   string  `json:"word"`
	Effect float64 `json:"effect"`
}

// answerOf returns the response's form of an answer.
func answerOf(a classify.ServiceAnswer, q *question) answer {
	out := answer{Adapter: a.Adapter, Version: a.Version, Task: taskOf(a.Task), Tokens: unknownOf(a).Tokens, CutTokens: a.Cut, UnknownTokens: unknownOf(a).Unknown}
	if a.Task == data.Regression {
		out.Value = &a.Number.Value
		return out
	}
	if a.Task == data.TokenClassification {
		entities := make([]entity, len(a.Tagged.Entities))
		for i, e := range a.Tagged.Entities {
			entities[i] = entity{e.Type, e.Probability, e.Text, e.StartRune, e.EndRune}
		}
		out.Text, out.Entities, out.UnreadWords = &a.Tagged.Text, &entities, &a.Tagged.Unread
		return out
	}
	scores := make([]score, len(a.Answer.Probabilities))
	for i, p := range a.Answer.Probabilities {
		scores[i] = score{a.Classes[i], p}
	}
	if a.Task == data.MultiLabel {
		labels := slices.Clone(a.Answer.Labels)
		if q.threshold > 0 {
			labels = nil
			for _, s := range scores {
				if s.Score >= q.threshold {
					labels = append(labels, s.Label)
				}
			}
		}
		if labels == nil {
			labels = []string{} // none, and not null
		}
		out.Labels = &labels
	} else {
		out.Label, out.Score = a.Answer.Label, &a.Answer.Probability
	}
	slices.SortStableFunc(scores, func(a, b score) int { return cmp.Compare(b.Score, a.Score) })
	if q.topK > 0 && q.topK < len(scores) {
		scores = scores[:q.topK]
	}
	out.Scores = scores
	return out
}

// taskOf returns the task's name; the zero value is data.SingleLabel.
func taskOf(task data.Task) data.Task {
	if task == "" {
		return data.SingleLabel
	}
	return task
}

// explainedClass returns the class whose words explain the answer: the most probable one, or "" for
// a number.
func explainedClass(a classify.ServiceAnswer) string {
	if a.Task == data.Regression {
		return ""
	}
	best := 0
	for i, p := range a.Answer.Probabilities {
		if p > a.Answer.Probabilities[best] {
			best = i
		}
	}
	return a.Classes[best]
}

func effectsOf(effects []classify.WordEffect) []wordEffect {
	out := make([]wordEffect, len(effects))
	for i, e := range effects {
		out[i] = wordEffect{e.Text, e.Effect}
	}
	return out
}
