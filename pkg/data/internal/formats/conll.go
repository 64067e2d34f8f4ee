package formats

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/conll"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// formatCoNLL is a word with its tag on each line.
const formatCoNLL Format = "conll"

// readCoNLL reads the sentences of a file of words with tags.
func readCoNLL(in *Input, sink records.Sink) error {
	if sink.Task != records.TokenClassification {
		return fmt.Errorf("the file has a word with its tag on each line, as CoNLL-2003, which is read with Opener.Task = data.TokenClassification, Experiment.Task %q", records.TokenClassification)
	}
	sink.Label("tag")
	err := conll.Read(in, func(s conll.Sentence) error {
		r := records.Record{Line: s.Line, Words: s.Words, Text: strings.Join(s.Words, " "), Label: records.Value{Kind: records.ListKind}}
		for _, tag := range s.Tags {
			r.Label.List = append(r.Label.List, records.Value{Text: tag})
		}
		return sink.Each(r)
	})
	if bad := (*conll.Error)(nil); errors.As(err, &bad) {
		return &decode.LineError{Line: bad.Line, Err: bad.Err}
	}
	return err
}

// looksTagged reports whether the beginning of a text file is that of words with tags.
func looksTagged(head []byte) bool { return conll.Looks(head, len(head) < peekSize) }
