package metrics

import (
	"fmt"
	"strings"
)

// String is the measurement in a few lines, for people: a line for each type of entity at the end.
func (m *TagMetrics) String() string {
	lines := []string{
		fmt.Sprintf("entity F1 %.3f, %s; precision %.3f, recall %.3f", m.F1, interval(m.F1Interval), m.Precision, m.Recall),
		fmt.Sprintf("macro F1  %.3f, %s, mean of %d types", m.MacroF1, interval(m.MacroF1Interval), len(m.Types)),
	}
	if s := m.Strict; s != nil {
		lines = append(lines, fmt.Sprintf("strict F1 %.3f, %s: entities that are complete in %s", s.F1, interval(s.F1Interval), s.Scheme))
	}
	words := fmt.Sprintf("words     %.1f %% of %d have the right tag, in %d sentences", 100*m.Accuracy, m.Words, m.Sentences)
	if m.Unread > 0 {
		words += fmt.Sprintf("; %d were not read and count as O", m.Unread)
	}
	lines = append(lines, words)
	for _, t := range m.Types {
		lines = append(lines, fmt.Sprintf("%-9s F1 %.3f, precision %.3f, recall %.3f: %d given, %d right in the data", t.Name, t.F1, t.Precision, t.Recall, t.Answered, t.Support))
	}
	return strings.Join(lines, "\n")
}

// String is the comparison in four lines, for people.
func (c *TagComparison) String() string {
	return fmt.Sprintf("entity F1  %v, on the same %d sentences\nmacro F1   %v\naccuracy   %v\nwords      %d became correct, %d became wrong", c.F1, c.Sentences, c.MacroF1, c.Accuracy, c.Fixed, c.Broken)
}
