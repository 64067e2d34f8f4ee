package formats

import (
	"bufio"
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// formatFastText has a text on each line, after its labels: __label__sports __label__news A text.
const formatFastText Format = "fasttext"

// fastTextPrefix begins a label, by fastText's default.
const fastTextPrefix = "__label__"

// looksLikeFastText reports whether the first line of a file that is not blank begins with a label. Where a comma is
// in each of the first labels, as in "__label__good,Warm soup", it separates the columns of a CSV file.
func looksLikeFastText(head []byte) bool {
	text := string(bytes.TrimLeft(bytes.TrimPrefix(head, byteOrderMark), " \t\r\n"))
	if labels, _ := cutLabels(text); len(labels) == 0 {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		labels, _ := cutLabels(line)
		if slices.ContainsFunc(labels, func(label string) bool { return !strings.Contains(label, ",") }) {
			return true
		}
	}
	return false
}

// cutLabels cuts the labels at the beginning of a line off.
func cutLabels(line string) (labels []string, text string) {
	text = strings.TrimSpace(line)
	for strings.HasPrefix(text, fastTextPrefix) {
		label, rest := text, ""
		if end := strings.IndexAny(text, " \t\n"); end >= 0 {
			label, rest = text[:end], text[end:]
		}
		if label == fastTextPrefix {
			break
		}
		labels, text = append(labels, strings.TrimPrefix(label, fastTextPrefix)), strings.TrimSpace(rest)
	}
	return labels, text
}

// hasLabel reports whether a word of a text begins as a label, which fastText takes for one anywhere in the line.
func hasLabel(text string) bool {
	return strings.Contains(text, fastTextPrefix) &&
		slices.ContainsFunc(strings.Fields(text), func(word string) bool { return strings.HasPrefix(word, fastTextPrefix) })
}

// readFastText reads a file of labels and texts as the columns "label" and "text". If one of the first lines, or
// the task, has several labels, all labels are lists.
func readFastText(in *Input, sink records.Sink) error {
	stream := bufio.NewReaderSize(in, headSize)
	head, _, err := peekHead(stream)
	if err != nil {
		return err
	}
	lists := sink.Task == "multi_label_classification"
	for line := range strings.SplitSeq(string(head), "\n") {
		labels, _ := cutLabels(line)
		lists = lists || len(labels) > 1
	}
	sink.Note(`each line is a text after its labels, as fastText has them: ` + fastTextPrefix + `NAME`)
	table := objectReader{sink: sink}
	label, text := table.addName("label"), table.addName("text")
	err = eachLine(stream, "labels and a text", func(number int, line []byte) error {
		labels, rest := cutLabels(string(line))
		row := objectRow{number: number, values: map[int]records.Value{text: {Text: rest}}}
		switch {
		case hasLabel(rest):
			row.fault = errors.New("a label stands after the text: expected labels at the beginning of the line, such as " + fastTextPrefix + "sports")
		case len(labels) == 1 && !lists:
			row.values[label] = records.Value{Text: labels[0]}
		case len(labels) > 0:
			list := records.Value{Kind: records.ListKind}
			for _, name := range labels {
				list.List = append(list.List, records.Value{Text: name})
			}
			row.values[label] = list
		}
		return table.addRow(row, len(line))
	})
	if err != nil {
		return err
	}
	return table.end()
}
