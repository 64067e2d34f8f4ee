package data

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// lastSentence is the last sentence of a table with one word in each row.
type lastSentence struct {
	path, number string
	line         int
}

// checkBorder refuses a sentence at the beginning of a file that has the number of the last sentence of the file before:
// where a table is divided into shards, it may be the rest of it.
func (b *tableBuilder) checkBorder(path, half string, r records.Record) error {
	if r.Sentence == "" {
		return nil
	}
	if b.sentences == nil {
		b.sentences = map[string]lastSentence{}
	}
	last := b.sentences[half]
	b.sentences[half] = lastSentence{path, r.Sentence, r.Line}
	if last.path != "" && last.path != path && last.number == r.Sentence {
		return &LineError{path, r.Line, fmt.Errorf("the sentence %q is also the last one of %s (line %d), and may be divided between the files: join the files, or give it another number", r.Sentence, last.path, last.line)}
	}
	return nil
}
