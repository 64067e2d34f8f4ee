package show

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// Classifier classifies texts, as *classify.Classifier does.
type Classifier interface {
	Classify(ctx context.Context, texts []string) ([]classify.Answer, error)
}

// sentence is a sentence about a film that was written for this module.
type sentence struct {
	kind, text, class string
	difficulty        string // why a model may classify it wrongly
}

// sentences about films are of increasing difficulty.
var sentences = []sentence{
	{"praise", "A wonderful film: warm, funny and beautifully acted from beginning to end.", "pos",
		"the sentence praises in plain words, so the model has not learned enough, for example because training was too short"},
	{"blame", "Dull, badly written and far too long. I wanted my money back.", "neg",
		"the sentence blames in plain words, so the model has not learned enough, for example because training was too short"},
	{"concession", "The photography is lovely, but the story goes nowhere and the ending is a mess.", "neg",
		"the sentence contains praise and blame, and the model gives the praise too much weight"},
	{"negation", "There is not one boring or stupid minute in it.", "pos",
		"the words are those of blame, and the model does not apply the negation to them"},
	{"irony", "Simply marvellous: I have rarely slept so well in a cinema.", "neg",
		"the words are those of praise, and only knowledge of the world reveals that blame is meant"},
}

// filmClasses are the classes of the sentences.
var filmClasses = []string{"neg", "pos"}

// Demonstration classifies texts and shows what the classifier does well and where it fails. For
// the data sets of film reviews, "sample" and IMDB, with one class per example, the texts are
// sentences that were written for this module; otherwise they are the test examples of up to three
// classes that were classified rightly with the highest probability. The last text is the test
// example that was classified wrongly with the highest probability, if there is one. With several
// labels these are examples with exactly the right classes, and the example with the most wrong
// decisions; of a regression the answers with the smallest errors and the one with the largest; of
// tags of words sentences whose entities are all right, and the one with the most wrong tags.
// IMDB's reviews are not quoted.
func Demonstration(ctx context.Context, r *finetune.Run, c Classifier) (Figures, error) {
	_, reviews, err := reported(ctx, r)
	if err != nil {
		return Figures{}, err
	}
	const file = runfolder.ReportPredictionsFile
	return views{
		single: func() (Figures, error) {
			after, err := r.Folder.ReadPredictions(file)
			if err != nil {
				return Figures{}, err
			}
			return demonstration(ctx, c, reviews, after)
		},
		several: func() (Figures, error) {
			after, err := r.Folder.ReadMultiLabelPredictions(file)
			if err != nil {
				return Figures{}, err
			}
			return severalDemonstration(reviews, after)
		},
		number: func() (Figures, error) {
			moves, reviews, err := moved(ctx, r)
			if err != nil {
				return Figures{}, err
			}
			return numberDemonstration(moves, reviews)
		},
		tags: func() (Figures, error) {
			after, err := r.Folder.ReadTagPredictions(file)
			if err != nil {
				return Figures{}, err
			}
			return tagDemonstration(reviews, after)
		},
	}.of(r.Experiment.Task)
}

func demonstration(ctx context.Context, c Classifier, reviews *splits.Examples, after *metrics.Predictions) (Figures, error) {
	t := table.New("Texts and their predictions", table.Column{Name: "kind"}, table.Column{Name: "text"},
		table.Column{Name: "class"}, table.Column{Name: "predicted"}, table.Column{Name: "probability"})
	f := Figures{Tables: []*table.Table{t}}
	extremes, err := mostConfident(after)
	if err != nil {
		return f, err
	}
	quote := quotes(reviews)
	if films := (reviews.Name == imdb || reviews.Name == data.Sample) && slices.Equal(reviews.Labels, filmClasses); films {
		text, err := classifySentences(ctx, c, t)
		if err != nil {
			return f, err
		}
		f.note("%s", text)
	} else {
		for class, e := range extremes.right[:min(3, len(extremes.right))] {
			if e.probability > 0 {
				t.Add("most certain right prediction", quote(after.IDs[e.row]), after.Classes[class], after.Classes[e.predicted], probabilityCell(e.probability))
			}
		}
	}
	if w := extremes.wrong; w.probability > 0 {
		id, label, predicted := after.IDs[w.row], after.Classes[after.Labels[w.row]], after.Classes[w.predicted]
		t.Add("most certain wrong prediction", quote(id), label, predicted, probabilityCell(w.probability))
		other := "another"
		if len(after.Classes) == 2 {
			other = "the other"
		}
		f.note("Of the %d test examples, %d are classified wrongly. The last row is the one with the highest probability of a wrong class: %s is %s, and the model predicts %s with a probability of %s. Look for the reason in the text: words that are typical of %s class, irony, or a wrong label.",
			after.Len(), extremes.errors, id, label, predicted, probability(w.probability), other)
	} else {
		f.note("All %d test examples are classified rightly. More, or more difficult, examples would show where the model fails.", after.Len())
	}
	return f, t.Err()
}

// undecided is the probability below which a prediction of one of two classes says little.
const undecided = 0.6

// classifySentences adds the sentences and their predictions to the table, and describes which
// are right, and why the others can be difficult.
func classifySentences(ctx context.Context, c Classifier, t *table.Table) (string, error) {
	var texts, right, wrong []string
	for _, s := range sentences {
		texts = append(texts, s.text)
	}
	answers, err := c.Classify(ctx, texts)
	if err != nil {
		return "", err
	}
	for i, a := range answers {
		s := sentences[i]
		t.Add(s.kind, s.text, s.class, a.Label, probabilityCell(a.Probability))
		switch unsure := a.Probability < undecided; {
		case a.Label == s.class && unsure:
			right = append(right, s.kind+" (but undecided)")
		case a.Label == s.class:
			right = append(right, s.kind)
		case unsure:
			wrong = append(wrong, fmt.Sprintf("%s (predicted %s with a probability of only %s): the model is undecided.", s.kind, a.Label, probability(a.Probability)))
		default:
			wrong = append(wrong, fmt.Sprintf("%s (predicted %s with a probability of %s): %s.", s.kind, a.Label, probability(a.Probability), s.difficulty))
		}
	}
	switch {
	case len(wrong) == 0:
		return sayf("All %d sentences are classified rightly, also the difficult ones (%s).", len(right), strings.Join(right[2:], ", ")), nil
	case len(right) == 0:
		return "No sentence is classified rightly. Wrong: " + strings.Join(wrong, " "), nil
	}
	return fmt.Sprintf("Right: %s. Wrong: %s", strings.Join(right, ", "), strings.Join(wrong, " ")), nil
}

// quotes returns a function from an example's ID to its text, or to its ID alone if the texts
// may not be quoted.
func quotes(reviews *splits.Examples) func(id string) string {
	if !mayQuote(reviews) {
		return func(id string) string { return id }
	}
	byID := examplesByID(reviews)
	return func(id string) string {
		return beginnings(byID[id], demonstrationSize) + "  (" + id + ")"
	}
}

// demonstrationSize is the number of characters of a test example in a demonstration.
const demonstrationSize = 300

// extreme is a prediction with the highest probability.
type extreme struct {
	row, predicted int
	probability    float64 // 0: there is none
}

// extremes are the most confident right prediction of each class, and the most confident wrong
// one.
type extremes struct {
	right  []extreme
	wrong  extreme
	errors int
}

func mostConfident(p *metrics.Predictions) (extremes, error) {
	chosen, probabilities, err := p.Answers()
	out := extremes{right: make([]extreme, len(p.Classes))}
	for i, predicted := range chosen {
		e := extreme{i, predicted, probabilities[i][predicted]}
		best := &out.wrong
		if predicted == p.Labels[i] {
			best = &out.right[predicted]
		} else {
			out.errors++
		}
		if e.probability > best.probability {
			*best = e
		}
	}
	return out, err
}
