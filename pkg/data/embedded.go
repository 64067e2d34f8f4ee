package data

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
)

// Sample is the name of the embedded data set: 600 reviews that need no download.
const Sample = "sample"

// sampleReviews is described in sample/README.md.
//
//go:embed sample/reviews.jsonl
var sampleReviews string

func (o Opener) openSample(ctx context.Context) (*Dataset, error) {
	o.outline = nil // it is small
	b := tableBuilder{opener: o}
	if o.Columns.Label == "" || o.Columns.Label == "label" {
		b.names = []string{"neg", "pos"}
	}
	source := formats.Table{Path: Sample}
	progress := decode.NewMeter(ctx, int64(len(sampleReviews)), o.Progress)
	err := formats.ReadJSONL(progress.Reader(strings.NewReader(sampleReviews)), b.sink(source))
	if err != nil {
		return nil, fmt.Errorf("the embedded reviews: %w", err)
	}
	d, err := b.dataset(ctx, Sample)
	if err == nil && o.Columns == (Columns{}) {
		d.Notes = nil // the data card describes the column that is not used
	}
	return d, err
}
