package datareport

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data"
)

// open opens the source with the task of the options, or with the one that its labels look like.
func (r *Report) open(ctx context.Context) error {
	if task := r.Options.Task; task != "" {
		if err := r.openAs(ctx, task); err != nil {
			return err
		}
		r.Why = "the parameter task names it"
		return nil
	}
	err := r.openAs(ctx, data.SingleLabel)
	if errors.Is(err, data.ErrTagged) {
		r.Why = "each line has a word and its tag"
		return r.openAs(ctx, data.TokenClassification)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	labels := r.columnsOf("label")
	if len(labels) == 1 && areSingleTags(labels[0].Values) {
		if opened, err := r.openedTags(ctx); opened || err != nil {
			return err
		}
	}
	if len(labels) == 1 {
		classes := 0
		if err == nil {
			classes = len(r.Set.Labels)
		}
		if task, why := look(labels[0], classes); task != data.SingleLabel || err == nil {
			return r.openFound(ctx, task, why, err)
		}
		return err
	}
	if err == nil {
		r.Why = fmt.Sprintf("the folders or files give each text one of %d classes", len(r.Set.Labels))
		return nil
	}
	if opened, err := r.openedTags(ctx); opened || err != nil {
		return err
	}
	tasks := []data.Task{data.MultiLabel, data.Regression}
	if label := r.Options.Data.Columns.Label; strings.Contains(label, ",") {
		tasks = tasks[:1] // several columns are classes
	} else if label != "" {
		return err
	}
	if r.Columns == nil || len(r.columnsOf("text")) == 0 {
		return err
	}
	columns := r.Columns
	for _, task := range tasks {
		if r.openAs(ctx, task) != nil {
			continue
		}
		labels := r.columnsOf("label")
		switch {
		case task == data.Regression && len(labels) == 1 && labels[0].Type == "whole numbers" && wholeDecimal.MatchString(labels[0].Name):
			// Whole numbers in a column without a name are rather ids.
		case task == data.Regression:
			r.Why = fmt.Sprintf("column %s has numbers", quoted(labels))
			return nil
		case len(labels) > 1:
			r.Why = fmt.Sprintf("the columns %s contain only 0 and 1, one for each class", quoted(labels))
			return nil
		case len(labels) == 1:
			if found, why := look(labels[0], 0); found == task {
				r.Why = why
				return nil
			}
		}
	}
	r.Columns = columns
	if r.Options.Data.Columns.Label != "" {
		return err
	}
	return r.openTexts(ctx, err)
}

// openedTags opens a source whose records have a list of words and a list of tags, or one word and its tag. It reports
// false for another source, and then changes nothing. The error is that of a table of words.
func (r *Report) openedTags(ctx context.Context) (bool, error) {
	columns := r.Columns
	if columns == nil {
		return false, nil
	}
	err := r.openAs(ctx, data.TokenClassification)
	text, label, sentence := r.columnsOf("text"), r.columnsOf("label"), r.columnsOf("sentence")
	switch {
	case len(sentence) > 0 && len(label) > 0:
		r.Why = fmt.Sprintf("each row has one word, column %s, and its tag, column %s, of a sentence, column %s", quoted(text), quoted(label), quoted(sentence))
		return err == nil, err
	case err != nil:
		r.Columns = columns
		return false, nil
	}
	r.Why = fmt.Sprintf("column %s has lists of words, and column %s a tag for each word", quoted(text), quoted(label))
	return true, nil
}

// openFound opens the source again with the task that its labels look like. failure is the error
// of reading it with one class for each example.
func (r *Report) openFound(ctx context.Context, task data.Task, why string, failure error) error {
	if task != data.SingleLabel {
		if err := r.openAs(ctx, task); err != nil {
			if failure != nil || task == data.TokenClassification { // tags are no classes
				return err
			}
			why = "the labels are read as names of classes" // as the notebooks read them without the parameter task
			if err := r.openAs(ctx, data.SingleLabel); err != nil {
				return err
			}
		}
	}
	r.Why = why
	return nil
}

// openAs opens the source with a task. Rows that cannot be used are left out.
func (r *Report) openAs(ctx context.Context, task data.Task) error {
	var columns []data.Column
	d := r.Options.Data
	o := data.Opener{
		Columns: d.Columns, Task: task, Delimiter: d.Delimiter, Header: d.Header, Quotes: d.Quotes,
		Encoding: d.Encoding, LabelSeparator: d.LabelSeparator,
		OnColumns: func(found []data.Column) {
			if columns == nil {
				columns = found
			}
		},
	}
	set, err := o.Open(ctx, d.Source)
	bad := isBadRows(err)
	if bad != nil {
		o.BadRows = data.SkipBadRows
		set, err = o.Open(ctx, d.Source)
	}
	r.Columns = columns
	if err != nil {
		return err
	}
	r.Set, r.Task, r.Bad = set, task, bad
	return nil
}

// openTexts opens the source as texts without labels. noLabels is the error of reading it with
// labels, which is returned if it has no texts either.
func (r *Report) openTexts(ctx context.Context, noLabels error) error {
	d := r.Options.Data
	set, err := data.Opener{
		Columns: d.Columns, Delimiter: d.Delimiter, Header: d.Header, Quotes: d.Quotes, Encoding: d.Encoding, BadRows: data.SkipBadRows,
	}.OpenTexts(ctx, d.Source)
	if err != nil || len(set.Train)+len(set.Unlabelled) == 0 {
		return noLabels
	}
	set.Unlabelled = append(set.Unlabelled, set.Train...)
	set.Train = nil
	r.Set, r.Task = set, ""
	r.Why = "no column is obviously the label. If there is one, name it: -p label=COLUMN"
	return nil
}

// mostClasses is the number of different whole numbers from which a reader should check whether
// they are amounts.
const mostClasses = 20

// look returns the task that a column of labels looks like. classes is the number of its classes, 0 if only its
// first values are known.
func look(c data.Column, classes int) (data.Task, string) {
	different, rows := classes, ""
	if different == 0 {
		different, rows = distinct(c.Values), fmt.Sprintf(" in the first %s rows", numerals.Count(c.Rows))
	}
	name := strconv.Quote(c.Name)
	switch {
	case (c.Type == "lists" || listed(c.Values)) && areTags(c.Values):
		return data.TokenClassification, fmt.Sprintf("column %s has lists of tags, one for each word", name)
	case c.Type == "lists":
		return data.MultiLabel, fmt.Sprintf("column %s has lists", name)
	case listed(c.Values):
		return data.MultiLabel, fmt.Sprintf("column %s has lists of classes, such as %s", name, strconv.Quote(c.Values[0]))
	case c.Type == "numbers" && fractions(c.Values):
		return data.Regression, fmt.Sprintf("column %s has numbers with a fraction, such as %s", name, c.Values[0])
	case c.Type == "whole numbers" && different > mostClasses:
		return data.SingleLabel, fmt.Sprintf("column %s has %d different whole numbers%s, read as classes. If they are amounts: -p task=regression", name, different, rows)
	case c.Type == "whole numbers":
		return data.SingleLabel, fmt.Sprintf("column %s has %d different whole numbers%s. If they are amounts: -p task=regression", name, different, rows)
	}
	if separator, classes := separated(c.Values); separator != "" {
		return data.MultiLabel, fmt.Sprintf("the values of column %s combine %d names with %q", name, classes, separator)
	}
	return data.SingleLabel, fmt.Sprintf("column %s has %d different values%s", name, different, rows)
}

func distinct(values []string) int {
	seen := map[string]bool{}
	for _, v := range values {
		seen[strings.TrimSpace(v)] = true
	}
	return len(seen)
}

// listed reports whether all values are lists in the notation of JSON or Python. Long values are cut.
func listed(values []string) bool {
	for _, v := range values {
		if v = strings.TrimSpace(v); !strings.HasPrefix(v, "[") || !strings.HasSuffix(v, "]") && !strings.HasSuffix(v, "…") {
			return false
		}
	}
	return len(values) > 0
}

var tagName = regexp.MustCompile(`^(O|[BIESLU](-.+)?)$`)

// areTags reports whether the items of all lists are "O" or have the prefixes of tags, with several items in a list.
func areTags(values []string) bool {
	several := false
	for _, v := range values {
		items := strings.Split(strings.Trim(strings.TrimSpace(v), "[]"), ",")
		several = several || len(items) > 1
		for i, item := range items {
			cut := i == len(items)-1 && strings.HasSuffix(item, "…")
			if item = strings.Trim(item, " '\""); !cut && item != "" && !tagName.MatchString(item) {
				return false
			}
		}
	}
	return several
}

// areSingleTags reports whether all values are tags, "O" among them.
func areSingleTags(values []string) bool {
	outside := false
	for _, v := range values {
		v = strings.TrimSpace(v)
		if outside = outside || v == "O"; !tagName.MatchString(v) {
			return false
		}
	}
	return outside
}

var wholeDecimal = regexp.MustCompile(`^[+-]?[0-9]+([.,]0*)?$`)

// fractions reports whether a number is not whole.
func fractions(values []string) bool {
	for _, v := range values {
		if !wholeDecimal.MatchString(strings.TrimSpace(v)) {
			return true
		}
	}
	return false
}

// separated returns the separator of labels that combine names, and the number of the names; ""
// for labels that are single names. Labels combine names if at least two names occur in several
// different labels and there are fewer names than labels.
func separated(values []string) (separator string, classes int) {
	for _, separator := range []string{"|", ";", ","} {
		labels, in := map[string]bool{}, map[string]map[string]bool{}
		combined := 0
		for _, v := range values {
			if labels[v] {
				continue
			}
			labels[v] = true
			parts := strings.Split(v, separator)
			if len(parts) > 1 {
				combined++
			}
			for _, part := range parts {
				part = strings.TrimSpace(part)
				if in[part] == nil {
					in[part] = map[string]bool{}
				}
				in[part][v] = true
			}
		}
		shared := 0
		for _, with := range in {
			if len(with) > 1 {
				shared++
			}
		}
		if combined > 0 && shared > 1 && len(in) < len(labels) {
			return separator, len(in)
		}
	}
	return "", 0
}

// quoted lists the names of columns.
func quoted(columns []data.Column) string {
	const most = 6
	var names []string
	for i, c := range columns {
		if i == most {
			names = append(names, fmt.Sprintf("%d more", len(columns)-most))
			break
		}
		names = append(names, strconv.Quote(c.Name))
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
