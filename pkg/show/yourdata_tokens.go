package show

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/datareport"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/table"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// encode encodes the examples once.
func (d *DataReport) encode(ctx context.Context) (*datareport.Lengths, error) {
	if d.lengths != nil {
		return d.lengths, nil
	}
	r, err := d.read(ctx)
	if err != nil {
		return nil, err
	}
	if s := d.settings.Truncation; r.Task == data.TokenClassification && s != "" && s != encoding.Head.String() {
		return nil, &notebook.ParameterError{Name: "truncation", Reason: fmt.Sprintf("is %q, expected %q: the task %s reads the first words of a longer sentence", s, encoding.Head, r.Task)}
	}
	e, err := finetune.Experiment{Model: d.settings.Model, Data: dataOf(d.settings)}.WithDefaults()
	if err != nil {
		return nil, err
	}
	dir, err := bert.Resolve(ctx, e.Model, bert.ResolveOptions{})
	if err != nil {
		return nil, err
	}
	config, err := bert.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		return nil, err
	}
	if n := config.MaxPositionEmbeddings; e.Data.MaxLength > n {
		return nil, &notebook.ParameterError{Name: "maxLength", Reason: fmt.Sprintf("is %d, but %s reads at most %d tokens", e.Data.MaxLength, e.Model, n)}
	}
	d.lengths, err = r.Lengths(ctx, tokenizer, e.Data.MaxLength, config.MaxPositionEmbeddings)
	return d.lengths, err
}

// Lengths draws the lengths of the examples in tokens, and lists what the truncations and other
// maximum lengths do.
func (d *DataReport) Lengths(ctx context.Context) (Figures, error) {
	var f Figures
	l, err := d.encode(ctx)
	if err != nil {
		return f, err
	}
	if l.Examples < l.Of {
		f.note("of %s of the %s examples, at equal distances", numerals.Count(l.Examples), numerals.Count(l.Of))
	}
	if l.WordCount > 0 {
		f.note("%s words have %s word pieces, %.2f per word; the model reads the tag of a word from its first piece.", numerals.Count(l.WordCount), numerals.Count(l.WordPieces), float64(l.WordPieces)/float64(l.WordCount))
	}
	maxLength := l.Truncations[0].MaxLength
	cut := l.Truncations[0].LongShare()
	takeaway := fmt.Sprintf("All examples have at most %d tokens.", maxLength)
	if cut > 0 {
		takeaway = fmt.Sprintf("%.1f %% of the examples have more than %d tokens.", 100*cut, maxLength)
	}
	marks := []chart.Mark{{At: float64(l.Quantile(0.5)), Name: "median"}}
	if maxLength <= 2*l.Quantile(1) {
		marks = append(marks, chart.Mark{At: float64(maxLength), Name: "maximum"})
	}
	if err := f.add(chart.Histogram(chart.Labels{Title: "Length of the examples", Takeaway: takeaway, X: "tokens", Y: "examples"}, l.Tokens, marks...)); err != nil {
		return f, err
	}
	if cut == 0 {
		f.note("The truncation has no effect at maxLength %d: the longest example has %d tokens.", maxLength, l.Quantile(1))
		return f, f.table(sizesTable(l))
	}
	if n := l.Truncations[0].Words; n > 0 {
		f.note("At maxLength %d the model does not read %s words at the ends of long sentences: it finds no entities there.", maxLength, numerals.Count(n))
	}
	if len(l.Truncations) == 1 { // there is no choice
		return f, f.table(sizesTable(l))
	}
	t := table.New(fmt.Sprintf("Truncations at maxLength %d", maxLength), cutColumns("truncation")...)
	for _, c := range l.Truncations {
		t.Add(append([]any{c.Truncation.String()}, cutCells(c)...)...)
	}
	if err := f.table(t); err != nil {
		return f, err
	}
	return f, f.table(sizesTable(l))
}

func sizesTable(l *datareport.Lengths) *table.Table {
	truncation := encoding.Head
	if len(l.Sizes) > 0 {
		truncation = l.Sizes[0].Truncation
	}
	shown := len(cutColumns(""))
	if truncation != encoding.Windows {
		shown-- // every example is one input
	}
	t := table.New(fmt.Sprintf("Maximum lengths, with the truncation %v", truncation), cutColumns("maxLength")[:shown]...)
	for _, c := range l.Sizes {
		t.Add(append([]any{c.MaxLength}, cutCells(c)...)[:shown]...)
	}
	return t
}

func cutColumns(first string) []table.Column {
	return []table.Column{{Name: first}, {Name: "longer examples", Unit: "%", Format: "%.1f"}, {Name: "tokens not read", Unit: "%", Format: "%.1f"}, {Name: "inputs per example", Format: "%.2f"}}
}

func cutCells(c encoding.Cut) []any {
	inputs := 1.0
	if c.Windows > 0 {
		inputs = float64(c.Windows) / float64(c.Examples)
	}
	return []any{100 * c.LongShare(), 100 * c.TokenShare(), inputs}
}

// Unknown lists the most frequent words that the model's vocabulary cannot spell.
func (d *DataReport) Unknown(ctx context.Context) (Figures, error) {
	var f Figures
	l, err := d.encode(ctx)
	if err != nil {
		return f, err
	}
	model := d.settings.Model
	if l.Unknown.Unknown == 0 {
		f.note("The vocabulary of %s spells every word: none of %s tokens is [UNK].", model, numerals.Count(l.Unknown.Tokens))
		return f, nil
	}
	f.note("%s of %s tokens (%.2g %%) are [UNK], in %s of %s examples: the model does not see these words.",
		numerals.Count(l.Unknown.Unknown), numerals.Count(l.Unknown.Tokens), 100*l.Unknown.Share(), numerals.Count(l.WithUnknown), numerals.Count(l.Examples))
	for _, w := range l.Unknown.Warnings("the examples") {
		f.note("warning: %s", w)
	}
	if len(l.Words) == 0 {
		return f, nil
	}
	t := table.New("The most frequent words that are [UNK]", table.Column{Name: "word"}, table.Column{Name: "times"}, table.Column{Name: "characters that the vocabulary lacks"})
	for _, w := range l.Words {
		t.Add(w.Word, w.Count, w.Characters)
	}
	return f, f.table(t)
}
