package label

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/data"
)

// Text is a record of the input.
type Text struct {
	Row   int      `json:"row"` // number of the record over all inputs, from 1
	ID    string   `json:"id,omitempty"`
	Text  string   `json:"text,omitempty"`
	Pair  string   `json:"pair,omitempty"`
	Words []string `json:"words,omitempty"`
	Bad   string   `json:"bad,omitempty"` // why it cannot be labelled
}

// Shard is a part of the texts: consecutive ones. The inputs and ShardTexts decide its limits.
type Shard struct {
	Number int    `json:"number"` // from 0
	Texts  []Text `json:"texts"`
}

// texts reads the texts of all inputs, one after the other.
func (o *Options) texts(ctx context.Context) iter.Seq2[Text, error] {
	return func(yield func(Text, error) bool) {
		before := 0
		for _, spec := range o.Inputs {
			count := 0
			notes, warnings, err := o.Opener.Each(ctx, spec, func(r data.Row) error {
				count = r.Number
				e := r.Example
				t := Text{Row: before + r.Number, ID: e.ID, Text: e.Text, Pair: e.TextPair, Words: e.Words}
				if r.Bad == nil && o.Opener.Task != data.TokenClassification && data.Clean(e.Text) == "" { // "<br />", in a text that is read as it is
					r.Bad = fmt.Errorf("%s, record %d: the text is blank once it is cleaned: leave the record out", filepath.Base(spec), r.Number)
				}
				if r.Bad != nil {
					if !o.SkipBad {
						return &BadTextError{r.Bad}
					}
					t.Bad = reason(r.Bad)
				}
				if !yield(t, nil) {
					return errEnough
				}
				return nil
			})
			if err == errEnough {
				return
			}
			if err != nil {
				yield(Text{}, err)
				return
			}
			for _, note := range notes {
				o.Progress.Note(note)
			}
			for _, warning := range warnings {
				o.Progress.Note("warning: " + warning)
			}
			before += count
		}
	}
}

// reason returns the error of a record without the folder of its file: that of an archive is a
// temporary one.
func reason(err error) string {
	if line := (*data.LineError)(nil); errors.As(err, &line) {
		return fmt.Sprintf("%s:%d: %v", filepath.Base(line.Path), line.Line, line.Err)
	}
	return err.Error()
}

// shards divides the texts into shards.
func (o *Options) shards(ctx context.Context) iter.Seq2[Shard, error] {
	return func(yield func(Shard, error) bool) {
		var now Shard
		size := 0
		for t, err := range o.texts(ctx) {
			if err != nil {
				yield(Shard{}, err)
				return
			}
			now.Texts, size = append(now.Texts, t), size+len(t.Text)+len(t.Pair)
			if len(now.Texts) < o.ShardTexts && size < shardBytes {
				continue
			}
			if !yield(now, nil) {
				return
			}
			now, size = Shard{Number: now.Number + 1}, 0
		}
		if len(now.Texts) > 0 {
			yield(now, nil)
		}
	}
}

// chain returns the digest of the texts up to and with the shard, from that of the texts before it.
func (s Shard) chain(before string) string {
	sum := digest.NewStrings()
	sum.Add(before)
	for _, t := range s.Texts {
		sum.Add(t.ID, t.Text, t.Pair, t.Bad)
		sum.Add(t.Words...)
	}
	return sum.String()
}
