package show

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/entities"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/table"
)

// describeTags describes the right tags of sentences: their words and their entities by type.
func describeTags(classes []string, sentences []data.Example) string {
	words, outside, total, counts := 0, 0, 0, map[string]int{}
	for _, e := range sentences {
		words += len(e.Words)
		for _, tag := range e.Tags {
			if classes[tag] == entities.Outside {
				outside++
			}
		}
		for _, span := range entities.Spans(namesOf(classes, e.Tags)) {
			counts[span.Type]++
			total++
		}
	}
	var types []string
	for kind := range counts {
		types = append(types, kind)
	}
	slices.Sort(types)
	for i, kind := range types {
		types[i] = sayf("%d %s", counts[kind], kind)
	}
	return sayf("%d words, of which %.1f %% are in no entity (O); %d entities of %d types: %s", words, 100*float64(outside)/float64(max(1, words)), total, len(types), strings.Join(types, ", "))
}

// namesOf names tags by their numbers.
func namesOf(classes []string, tags []int) []string {
	names := make([]string, len(tags))
	for i, tag := range tags {
		names[i] = classes[tag]
	}
	return names
}

// wordTagsModel is the name of a row in a table of models.
const wordTagsModel = "most frequent tag of each word, no BERT"

func (f *Figures) tagModels(cheap *evaluation.CheapBaselines, before, after *metrics.TagMetrics) error {
	var models []model[metrics.TagMetrics]
	if cheap != nil && cheap.Tags != nil {
		models = []model[metrics.TagMetrics]{{"most frequent tag, no BERT", cheap.Tags.Constant}, {wordTagsModel, cheap.Tags.BagOfWords}}
	}
	return addModels(f, []table.Column{{Name: "entity F1, 95 % interval"}, {Name: "precision", Unit: "%", Format: "%.1f"}, {Name: "recall", Unit: "%", Format: "%.1f"},
		{Name: "macro F1, 95 % interval"}, {Name: "words with the right tag", Unit: "%", Format: "%.1f"}},
		func(m *metrics.TagMetrics) []any {
			return []any{within(m.F1, &m.F1Interval), 100 * m.Precision, 100 * m.Recall, within(m.MacroF1, &m.MacroF1Interval), 100 * m.Accuracy}
		},
		append(models, model[metrics.TagMetrics]{beforeModel, before}, model[metrics.TagMetrics]{afterModel, after})...)
}

// tagBaseline adds the F1 of each type of entity, beside the most frequent tag of each word.
func tagBaseline(f Figures, b *finetune.Baseline) (Figures, error) {
	m := b.Tags
	given, inData := 0, 0
	for _, t := range m.Types {
		given, inData = given+t.Answered, inData+t.Support
	}
	f.note("The untrained model gives %s; the data have %s. A new classifier gives each word a tag by chance, and mostly the same one.", entityCount(given), entityCount(inData))
	f.note("Most words are in no entity, so a model that finds nothing has many right tags: entity F1 counts whole entities instead.")
	if err := f.tagModels(b.Cheap, m, nil); err != nil {
		return f, err
	}
	series, takeaway := []chart.BarSeries{}, ""
	all := []*metrics.TagMetrics{m}
	if b.Cheap != nil && b.Cheap.Tags != nil && b.Cheap.Tags.BagOfWords != nil {
		all = append(all, b.Cheap.Tags.BagOfWords)
		takeaway = "A trained BERT must be above the most frequent tag of each word. "
	}
	groups, bars := f1OfTypes(m.TypeNames(), all...)
	for i, name := range []string{"untrained BERT", "most frequent tag of each word"}[:len(all)] {
		bars[i].Name = name
		series = append(series, bars[i])
	}
	err := f.add(chart.Bars(chart.Labels{Title: "Entity F1 before training", Takeaway: takeaway + sayf("The higher the better; %d test sentences.", m.Sentences), Y: "F1"}, groups, series...))
	return f, err
}

// entityCount is a number of entities as text: "1 entity".
func entityCount(n int) string { return sayf("%d %s", n, plural(n, "entity", "entities")) }

// f1OfTypes returns the bars of the entities of all types, and of at most 50 types, for each
// measurement. The types are those of a measurement, and shown are those with the lowest F1 of
// the last one.
func f1OfTypes(types []string, all ...*metrics.TagMetrics) (groups []string, bars []chart.BarSeries) {
	of := func(m *metrics.TagMetrics, kind string) metrics.EntityMetrics {
		if at := slices.IndexFunc(m.Types, func(t metrics.EntityMetrics) bool { return t.Name == kind }); at >= 0 {
			return m.Types[at]
		}
		return metrics.EntityMetrics{Name: kind} // neither given nor in the data
	}
	if len(types) > mostClasses {
		last := all[len(all)-1]
		types = slices.SortedStableFunc(slices.Values(types), func(a, b string) int {
			return cmp.Compare(of(last, a).F1, of(last, b).F1)
		})[:mostClasses]
		slices.Sort(types)
	}
	groups = append([]string{besideClasses("all entities", types), besideClasses("mean of the types", types)}, types...)
	for _, m := range all {
		s := chart.BarSeries{
			Values: []float64{m.F1, m.MacroF1}, Low: []float64{m.F1Interval.Low, m.MacroF1Interval.Low}, High: []float64{m.F1Interval.High, m.MacroF1Interval.High},
		}
		for _, kind := range types {
			t := of(m, kind)
			s.Values, s.Low, s.High = append(s.Values, t.F1), append(s.Low, min(t.F1, t.F1Interval.Low)), append(s.High, max(t.F1, t.F1Interval.High))
		}
		bars = append(bars, s)
	}
	return groups, bars
}

// tagConfidence draws the probabilities of the given tags.
func tagConfidence(p *metrics.TagPredictions) (Figures, error) {
	var f Figures
	if p.Probabilities == nil {
		f.note("%s", noTagProbabilities)
		return f, nil
	}
	var percent []float64
	mean, right := 0.0, 0
	for i, row := range p.Probabilities {
		for word, v := range row {
			if v == 0 { // not read
				continue
			}
			percent = append(percent, 100*float64(v))
			mean += 100 * float64(v)
			if p.Answers[i][word] == p.Labels[i][word] {
				right++
			}
		}
	}
	n := float64(len(percent))
	return one(chart.Histogram(chart.Labels{
		Title:    "Probabilities of the given tags before training",
		Takeaway: fmt.Sprintf("The mean probability of a given tag is %.0f %%; %.0f %% of the tags are right.", mean/n, 100*float64(right)/n),
		X:        "probability of the given tag, %", Y: "words",
	}, percent))
}

const noTagProbabilities = "An earlier version of lorabook wrote this run folder, without the probabilities of the tags. A new folder (-p run=NAME) contains them."

// tagComparison compares the F1 of all entities and of each type.
func tagComparison(r *finetune.Report, cheap *evaluation.CheapBaselines) (Figures, error) {
	var f Figures
	before, after, c := r.Tags.Before, r.Tags.After, r.Tags.Comparison
	f.note("%v", r)
	f.note("%s", pairedEvidence("entity F1", c.F1, c.Sentences))
	if findsNone(after) {
		f.note("The trained model finds no entity: every word has the tag %q. With more epochs or examples, or a higher learning rate, it may find some.", entities.Outside)
	}
	if err := f.tagModels(cheap, before, after); err != nil {
		return f, err
	}
	types := typesOf(before, after)
	groups, bars := f1OfTypes(types, before, after)
	bars[0].Name, bars[1].Name = "before", "after"
	takeaway := strings.Replace(pairedChange("Entity F1", c.F1, c.Sentences), "test examples", "test sentences", 1)
	if len(types) > mostClasses {
		takeaway += sayf(" Of %d types, the %d with the lowest F1 after training.", len(types), mostClasses)
	}
	err := f.add(chart.Bars(chart.Labels{Title: "Entity F1", Takeaway: takeaway, Y: "F1"}, groups, bars...))
	return f, err
}

// findsNone reports whether a model gives no entity although the data have some.
func findsNone(m *metrics.TagMetrics) bool {
	given, right := 0, 0
	for _, t := range m.Types {
		given, right = given+t.Answered, right+t.Support
	}
	return given == 0 && right > 0
}

// typesOf returns the types of the entities that occur before or after.
func typesOf(before, after *metrics.TagMetrics) []string {
	types := append(before.TypeNames(), after.TypeNames()...)
	slices.Sort(types)
	return slices.Compact(types)
}

// tagsByType shows a table of the types of entities and one of the most frequent errors, and draws
// the types of the words in a confusion matrix.
func tagsByType(m *evaluation.TagReport, before, after *metrics.TagPredictions, sentences map[string]data.Example) (Figures, error) {
	var f Figures
	t := table.New("Entities of each type", table.Column{Name: "type"}, table.Column{Name: "in the data"}, table.Column{Name: "given before"}, table.Column{Name: "given after"},
		table.Column{Name: "precision after", Unit: "%", Format: "%.1f"}, table.Column{Name: "recall after", Unit: "%", Format: "%.1f"},
		table.Column{Name: "F1 before", Format: "%.3f"}, table.Column{Name: "F1 after, 95 % interval"})
	for _, kind := range typesOf(m.Before, m.After) {
		var old, now metrics.EntityMetrics
		for _, e := range m.Before.Types {
			if e.Name == kind {
				old = e
			}
		}
		for _, e := range m.After.Types {
			if e.Name == kind {
				now = e
			}
		}
		precision, recall := ratio(now.Precision, now.Answered), ratio(now.Recall, now.Support)
		precision.Text, recall.Text = strings.TrimSuffix(precision.Text, " %"), strings.TrimSuffix(recall.Text, " %")
		t.Add(kind, max(old.Support, now.Support), old.Answered, now.Answered, precision, recall, old.F1, within(now.F1, &now.F1Interval))
	}
	if err := f.table(t); err != nil {
		return f, err
	}
	if err := f.frequentErrors(before, after, sentences); err != nil {
		return f, err
	}
	names, old := wordTypes(before)
	_, now := wordTypes(after)
	if len(names) > mostMatrix {
		f.note("A matrix of %d types is too large to read: the table has the most frequent errors.", len(names)-1)
		return f, nil
	}
	err := f.confusion("Types of the words before and after",
		sayf("%d words became right with training, %d became wrong. The row %s has the words that are in no entity.", m.Comparison.Fixed, m.Comparison.Broken, entities.Outside),
		names, chart.Matrix{Name: "before", Counts: old}, chart.Matrix{Name: "after", Counts: now})
	return f, err
}

// wordTypes counts the words by the type of their right and of their given tag, O first.
func wordTypes(p *metrics.TagPredictions) (names []string, counts [][]int) {
	names = append([]string{entities.Outside}, p.Types()...)
	index := make([]int, len(p.Classes))
	for i, class := range p.Classes {
		if tag, err := entities.Parse(class); err == nil && tag.Prefix != 'O' {
			index[i] = slices.Index(names, tag.Type)
		}
	}
	counts = make([][]int, len(names))
	for i := range counts {
		counts[i] = make([]int, len(names))
	}
	for i, labels := range p.Labels {
		for word, label := range labels {
			counts[index[label]][index[p.Answers[i][word]]]++
		}
	}
	return names, counts
}

// tagErrorKinds draws what is right and wrong about the entities of a type, "" for all.
func tagErrorKinds(before, after *metrics.TagPredictions, kind string) (Figures, error) {
	if err := checkType(kind, after); err != nil {
		return Figures{}, err
	}
	old, errOld := before.EntityErrors(kind)
	now, errNow := after.EntityErrors(kind)
	if err := errors.Join(errOld, errNow); err != nil {
		return Figures{}, err
	}
	bars := func(name string, e metrics.EntityErrors) chart.BarSeries {
		s := chart.BarSeries{Name: name}
		for _, n := range []int{e.Right, e.WrongType, e.WrongWords, e.WrongWordsType, e.Missed, e.Spurious} {
			s.Values = append(s.Values, float64(n))
		}
		return s
	}
	inData := now.Right + now.WrongType + now.WrongWords + now.WrongWordsType + now.Missed
	title := "Right and wrong entities"
	if kind != "" {
		title += " of the type " + kind
	}
	return one(chart.Bars(chart.Labels{
		Title: title,
		Takeaway: sayf("Of %d entities in the data, %d are found exactly after training (%d before) and %d are missed completely. %d given entities have no word of an entity in the data.",
			inData, now.Right, old.Right, now.Missed, now.Spurious),
		Y: "entities",
	}, []string{"right", "wrong type", "wrong words", "wrong words and type", "missed", "given where there is none"}, bars("before", old), bars("after", now)))
}

// checkType refuses a type of entity that the data do not have.
func checkType(kind string, p *metrics.TagPredictions) error {
	if types := p.Types(); kind != "" && !slices.Contains(types, kind) {
		return fmt.Errorf("show: positive is %q, expected a type of entity of the data, one of %q, or an empty string for all types", kind, types)
	}
	return nil
}

// tagThreshold shows the entities that are left if only those with a probability of at least a
// threshold are given.
func tagThreshold(before, after *metrics.TagPredictions, kind string) (Figures, error) {
	var f Figures
	if err := checkType(kind, after); err != nil {
		return f, err
	}
	if before.Probabilities == nil || after.Probabilities == nil {
		f.note("%s", noTagProbabilities)
		return f, nil
	}
	s, thresholds := thresholdSlider()
	s.Start = 0 // all entities, as in the other sections
	old, errOld := before.EntitiesAtThresholds(kind, thresholds...)
	now, errNow := after.EntitiesAtThresholds(kind, thresholds...)
	if err := errors.Join(errOld, errNow); err != nil {
		return f, err
	}
	title := sayf("Entities with at least this probability, of %d test sentences", after.Len())
	if kind != "" {
		title = "Type " + kind + ": " + strings.ToLower(title[:1]) + title[1:]
	}
	for i := range thresholds {
		t := table.New(title, table.Column{Name: "measure"}, table.Column{Name: "before"}, table.Column{Name: "after"})
		row := func(name string, value func(metrics.ThresholdCounts) table.Number) {
			t.Add(name, value(old[i]), value(now[i]))
		}
		row("entity F1", func(c metrics.ThresholdCounts) table.Number {
			return table.Number{Value: c.F1(), Text: fmt.Sprintf("%.3f", c.F1())}
		})
		row("precision: right among the given", func(c metrics.ThresholdCounts) table.Number {
			return ratio(c.Precision(), c.TruePositives+c.FalsePositives)
		})
		row("recall: found of those in the data", func(c metrics.ThresholdCounts) table.Number {
			return ratio(c.Recall(), c.TruePositives+c.FalseNegatives)
		})
		row("right", func(c metrics.ThresholdCounts) table.Number { return count(c.TruePositives) })
		row("given, but wrong", func(c metrics.ThresholdCounts) table.Number { return count(c.FalsePositives) })
		row("not found", func(c metrics.ThresholdCounts) table.Number { return count(c.FalseNegatives) })
		if err := t.Err(); err != nil {
			return f, err
		}
		s.Tables = append(s.Tables, t)
	}
	f.note("The probability of an entity is the mean of those of its words' tags. At the threshold 0 all given entities count, as in the other sections.")
	f.Sliders = append(f.Sliders, s)
	return f, nil
}

// tagsByLength draws entity F1 by length in tokens.
func tagsByLength(ctx context.Context, before, after *metrics.TagPredictions, tokens []int) (Figures, error) {
	return metricByLength(tokens, "Entity F1", "entity F1", func(side int, rows []int) (float64, *significance.Interval, error) {
		m, err := metrics.MeasureTags(ctx, []*metrics.TagPredictions{before, after}[side].Select(rows...), significance.Bootstrap{Resamples: lengthResamples})
		if err != nil {
			return 0, nil, err
		}
		return m.F1, &m.F1Interval, nil
	})
}

// tagCalibration draws the calibration of the probabilities of the tags.
func tagCalibration(before, after *metrics.TagPredictions) (Figures, error) {
	var f Figures
	if before.Probabilities == nil || after.Probabilities == nil {
		f.note("%s", noTagProbabilities)
		return f, nil
	}
	old, errOld := before.Calibrate(metrics.DefaultBins)
	now, errNow := after.Calibrate(metrics.DefaultBins)
	if err := errors.Join(errOld, errNow); err != nil {
		return f, err
	}
	words, last, outside := 0, now.Bins[len(now.Bins)-1], 0
	for _, b := range now.Bins {
		words += b.Examples
	}
	for i, row := range after.Probabilities {
		for word, v := range row {
			if float64(v) > last.Low && after.Classes[after.Labels[i][word]] == entities.Outside {
				outside++
			}
		}
	}
	f.note("%s %.0f %% of the words have a tag with a probability above %.2f after training; %.0f %% of these are in no entity. The points of the other words say more about entities.",
		changedError(old.ECE, now.ECE), 100*float64(last.Examples)/float64(max(1, words)), last.Low, 100*float64(outside)/float64(max(1, last.Examples)))
	err := f.reliability(chart.Labels{
		Title:    "Probability of a tag and share of the right tags",
		Takeaway: sayf("Expected calibration error %.3f before, %.3f after, of %d words.", old.ECE, now.ECE, words),
		X:        "probability of the given tag", Y: "share of the right tags",
	}, *old, *now)
	return f, err
}
