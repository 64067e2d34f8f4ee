package formats

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/conll"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// formatCoNLL is a word with its tag on each line.
const formatCoNLL Format = "conll"

// ErrTagged is the error of a file of words with tags that is read for another task.
var ErrTagged = errors.New("the file has a word with its tag on each line")

// readCoNLL reads the sentences of a file of words with tags.
func readCoNLL(in *Input, sink records.Sink) error {
	wantsTags := sink.Task == records.TokenClassification
	if !wantsTags && !sink.JoinWords {
		return fmt.Errorf("%w, as CoNLL-2003, which is read with Opener.Task = data.TokenClassification, Experiment.Task %q (in a notebook -p task=%[2]s)", ErrTagged, records.TokenClassification)
	}
	if wantsTags {
		sink.Label("tag")
	} else {
		sink.Note("the words of each sentence, joined by blanks, are a text; the tags are not read")
	}
	err := conll.Read(in, func(s conll.Sentence) error {
		if !wantsTags {
			return sink.Each(records.Record{Line: s.Line, Text: strings.Join(s.Words, " "), Label: records.Null})
		}
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

// IsTagged reports whether a file has a word with its tag on each line, by its beginning.
func IsTagged(path string, options Options) bool {
	in, err := Open(Table{Path: path}, options, decode.NewMeter(context.Background(), 0, nil))
	if err != nil {
		return false
	}
	defer in.Close()
	return in.Format == formatCoNLL
}
