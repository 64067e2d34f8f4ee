package show

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/entities"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// Tagger finds entities, as the classifiers of this module do for data.TokenClassification.
type Tagger interface {
	Tag(ctx context.Context, sentences [][]string) ([]classify.Tagged, error)
	TagTexts(ctx context.Context, texts []string) ([]classify.Tagged, error)
}

// markedSize is the number of characters of a sentence with marked entities in a table.
const markedSize = 400

// marked writes a sentence with its entities in brackets, each with its type: "[Ada Lovelace · PER]
// met nobody". A long sentence ends after a word or an entity. note is written after each type; nil
// writes none.
func marked(words []string, spans []entities.Entity, note func(entities.Entity) string) string {
	var parts []string
	size := 0
	for at := 0; at < len(words); {
		part, next := words[at], at+1
		for _, span := range spans {
			if span.Start == at {
				part, next = "["+strings.Join(words[span.Start:span.End], " ")+" · "+span.Type, span.End
				if note != nil {
					part += note(span)
				}
				part += "]"
			}
		}
		if size += len([]rune(part)) + 1; size > markedSize && len(parts) > 0 {
			return strings.Join(parts, " ") + " …"
		}
		parts, at = append(parts, part), next
	}
	return strings.Join(parts, " ")
}

// markedTags is marked for tags by their numbers.
func markedTags(classes, words []string, tags []int) string {
	if len(words) != len(tags) {
		return "the sentence in the data has another number of words"
	}
	return marked(words, entities.Spans(namesOf(classes, tags)), nil)
}

// markedAnswer is marked for an answer of a Tagger, with the probabilities of the entities.
func markedAnswer(t classify.Tagged) string {
	var words []string
	for _, w := range t.Words {
		words = append(words, w.Word)
	}
	probability := map[int]float64{}
	var spans []entities.Entity
	for _, e := range t.Entities {
		spans = append(spans, entities.Entity{Type: e.Type, Start: e.FirstWord, End: e.EndWord})
		probability[e.FirstWord] = e.Probability
	}
	return marked(words, spans, func(e entities.Entity) string { return fmt.Sprintf(" %.2f", probability[e.Start]) })
}

// entityError is a kind of error: words with a right and a given type.
type entityError struct{ words, right, given string }

const noEntity = "no entity"

// entityErrors counts the wrong entities by their words. An entity of the data with other given
// words counts once, with these words.
func entityErrors(p *metrics.TagPredictions, sentences map[string]data.Example) map[entityError]int {
	counts := map[entityError]int{}
	for i, id := range p.IDs {
		words := sentences[id].Words
		if len(words) != len(p.Labels[i]) {
			continue
		}
		text := func(e entities.Entity) string { return strings.Join(words[e.Start:e.End], " ") }
		overlap := func(a, b entities.Entity) bool { return a.Start < b.End && b.Start < a.End }
		right, given := p.Entities(i)
		for _, e := range right {
			if slices.Contains(given, e) {
				continue
			}
			var found []string
			for _, g := range given {
				switch {
				case g.Start == e.Start && g.End == e.End:
					found = append(found, g.Type)
				case overlap(e, g):
					found = append(found, fmt.Sprintf("%s (%s)", g.Type, text(g)))
				}
			}
			counts[entityError{text(e), e.Type, cmp.Or(strings.Join(found, ", "), noEntity)}]++
		}
		for _, g := range given {
			if !slices.ContainsFunc(right, func(e entities.Entity) bool { return overlap(e, g) }) {
				counts[entityError{text(g), noEntity, g.Type}]++
			}
		}
	}
	return counts
}

// mostErrors is the number of rows of the table of the most frequent errors.
const mostErrors = 15

// frequentErrors adds a table of the most frequent errors after training.
func (f *Figures) frequentErrors(before, after *metrics.TagPredictions, sentences map[string]data.Example) error {
	now, old := entityErrors(after, sentences), entityErrors(before, sentences)
	var list []entityError
	total := 0
	for e, n := range now {
		list, total = append(list, e), total+n
	}
	if total == 0 {
		f.note("No entity is wrong after training.")
		return nil
	}
	slices.SortFunc(list, func(a, b entityError) int {
		return cmp.Or(cmp.Compare(now[b], now[a]), strings.Compare(a.words, b.words), strings.Compare(a.right, b.right), strings.Compare(a.given, b.given))
	})
	shown := list[:min(len(list), mostErrors)]
	caption := "Errors after training"
	if len(shown) < len(list) {
		caption = sayf("The %d most frequent of %d errors after training", len(shown), len(list))
	}
	t := table.New(caption, table.Column{Name: "words"}, table.Column{Name: "in the data"}, table.Column{Name: "given"}, table.Column{Name: "times"}, table.Column{Name: "times before"})
	for _, e := range shown {
		t.Add(e.words, e.right, e.given, now[e], old[e])
	}
	return f.table(t)
}

// tagTexts returns up to three sentences with changed tags: two that gained most right tags, and
// the one that gained least or lost most; otherwise sentences with entities.
func tagTexts(r *finetune.Report, sentences *splits.Examples) []Text {
	byID := examplesByID(sentences)
	var out []Text
	for _, flip := range endsOf(r.Tags.Comparison.Flips) {
		if e := byID[flip.ID]; len(e.Words) == len(flip.Labels) {
			out = append(out, tagText(fmt.Sprintf("%s, %+d right tags", brief(flip.ID), flip.Change()), sentences.Labels, e))
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, e := range sentences.Test {
		if len(out) < 3 && len(entities.Spans(namesOf(sentences.Labels, e.Tags))) > 0 {
			out = append(out, tagText(brief(e.ID), sentences.Labels, e))
		}
	}
	return out
}

// tagText is a sentence of the data.
func tagText(name string, classes []string, e data.Example) Text {
	return Text{Name: name, Text: e.Text, split: strings.Join(e.Words, wordMark), right: markedTags(classes, e.Words, e.Tags)}
}

// wordMark separates the words of Text.split.
const wordMark = "\x00"

// tagged returns the entities that a classifier finds in a text.
func (t Text) tagged(ctx context.Context, c any) (classify.Tagged, error) {
	tagger, ok := c.(Tagger)
	if !ok {
		return classify.Tagged{}, fmt.Errorf("show: a %T finds no entities: expected a Tagger", c)
	}
	var out []classify.Tagged
	var err error
	if t.split != "" {
		out, err = tagger.Tag(ctx, [][]string{strings.Split(t.split, wordMark)})
	} else {
		out, err = tagger.TagTexts(ctx, []string{t.Text})
	}
	if err != nil {
		return classify.Tagged{}, err
	}
	return out[0], nil
}

// taggedTexts shows the entities that a classifier finds in texts.
func taggedTexts(ctx context.Context, c any, texts []Text) (Figures, error) {
	var f Figures
	if len(texts) == 0 {
		f.note("No test sentence has an entity.")
		return f, nil
	}
	withRight := slices.ContainsFunc(texts, func(t Text) bool { return t.right != "" })
	columns := []table.Column{{Name: "sentence"}}
	if withRight {
		columns = append(columns, table.Column{Name: "in the data"})
	}
	t := table.New("Entities with their probabilities", append(columns, table.Column{Name: "found by the model"})...)
	for _, text := range texts {
		answer, err := text.tagged(ctx, c)
		if err != nil {
			return f, err
		}
		row := []any{text.Name}
		if withRight {
			row = append(row, text.right)
		}
		t.Add(append(row, markedAnswer(answer))...)
		if answer.Unread > 0 {
			f.note("%s: the model did not read %d words, which have no entity therefore.", text.Name, answer.Unread)
		}
	}
	return f, f.table(t)
}

// tagFlips shows the sentences with changed tags.
func tagFlips(r *finetune.Report, sentences *splits.Examples) (Figures, error) {
	var f Figures
	c := r.Tags.Comparison
	f.note("The tags of %d of %d sentences changed: %d words became right, %d became wrong.", len(c.Flips), c.Sentences, c.Fixed, c.Broken)
	if len(c.Flips) == 0 {
		return f, nil
	}
	byID := examplesByID(sentences)
	shown, caption := bothEnds(c.Flips, "Sentences with changed tags", "the largest gain of right tags", "the smallest gain, or the largest loss")
	t := table.New(caption, table.Column{Name: "example"}, table.Column{Name: "right tags, change"}, table.Column{Name: "in the data"}, table.Column{Name: "before training"}, table.Column{Name: "after training"})
	for _, flip := range shown {
		words := byID[flip.ID].Words
		mark := func(tags []int) string { return markedTags(sentences.Labels, words, tags) }
		change := flip.Change()
		t.Add(flip.ID, table.Number{Value: float64(change), Text: fmt.Sprintf("%+d", change)}, mark(flip.Labels), mark(flip.Before), mark(flip.After))
	}
	return f, f.table(t)
}

// tagDemonstration shows sentences whose entities are all right, and the one with the most wrong
// tags.
func tagDemonstration(sentences *splits.Examples, after *metrics.TagPredictions) (Figures, error) {
	var f Figures
	byID := examplesByID(sentences)
	type result struct{ row, wrong, found int }
	var all []result
	exact := 0
	for i, labels := range after.Labels {
		r := result{row: i}
		for word, label := range labels {
			if after.Answers[i][word] != label {
				r.wrong++
			}
		}
		if r.wrong == 0 {
			exact++
		}
		right, _ := after.Entities(i)
		r.found = len(right)
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.wrong, b.wrong), cmp.Compare(b.found, a.found))
	})
	t := table.New("Sentences and their entities", table.Column{Name: "kind"}, table.Column{Name: "example"}, table.Column{Name: "in the data"}, table.Column{Name: "found"}, table.Column{Name: "wrong tags"})
	add := func(kind string, r result) {
		words := byID[after.IDs[r.row]].Words
		t.Add(kind, after.IDs[r.row], markedTags(after.Classes, words, after.Labels[r.row]), markedTags(after.Classes, words, after.Answers[r.row]), r.wrong)
	}
	f.note("%d of the %d test sentences have exactly the right tags.", exact, after.Len())
	for _, r := range all[:min(3, len(all))] {
		if r.wrong == 0 && r.found > 0 {
			add("all entities right", r)
		}
	}
	if worst := all[len(all)-1]; worst.wrong > 0 {
		add("most wrong tags", worst)
		f.note("The last row is the sentence with the most wrong tags, %d of %d. Look for the reason: words that were not in the training sentences, a type that depends on the context, or a wrong tag in the data.", worst.wrong, len(after.Labels[worst.row]))
	}
	return f, f.table(t)
}

// entityTypes lists the types of the entities of a sentence of the data.
func entityTypes(classes []string, e data.Example) string {
	var types []string
	for _, span := range entities.Spans(namesOf(classes, e.Tags)) {
		types = append(types, span.Type)
	}
	return cmp.Or(strings.Join(types, ", "), noEntity)
}
