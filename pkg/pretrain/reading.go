package pretrain

import (
	"context"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
)

// opener returns the options with which the texts are read.
func (p Pretraining) opener() data.Opener {
	return data.Opener{Columns: p.Columns, BadRows: p.BadRows, Delimiter: p.Delimiter, Header: p.Header, Quotes: p.Quotes, Encoding: p.Encoding}
}

// validateColumns refuses columns that are not read.
func (p Pretraining) validateColumns() error {
	for _, c := range []struct{ name, value string }{{"label", p.Columns.Label}, {"id", p.Columns.ID}} {
		if c.value != "" {
			return &settings.FieldError{Field: "columns." + c.name, Reason: fmt.Sprintf("is %q, expected none: a pre-training reads neither labels nor ids", c.value)}
		}
	}
	return nil
}

// read returns the texts of the i-th source, and adds its notes and warnings to c.
func (p Pretraining) read(ctx context.Context, i int, c *corpus) ([]string, error) {
	set, err := p.opener().OpenTexts(ctx, p.Texts[i])
	if err != nil {
		hint := ""
		if text := err.Error(); strings.Contains(text, "Opener.") || strings.Contains(text, "Columns.") {
			hint = "\nA pre-training has these options as fields of its own: columns, bad_rows, delimiter, header, quotes and encoding"
		}
		return nil, fmt.Errorf("texts[%d]: %w%s", i, err, hint)
	}
	texts := set.AllTexts()
	c.notes = append(c.notes, set.Notes...)
	if pairs := len(texts) - len(set.Train) - len(set.Unlabelled); pairs > 0 {
		c.notes = append(c.notes, fmt.Sprintf("%s: the second texts of %s pairs are texts of their own, after the first ones; to leave them out, set columns.text_pair to %q", p.Texts[i], numerals.Count(pairs), data.NoColumn))
	}
	c.warnings = append(c.warnings, set.Warnings...)
	return texts, nil
}
