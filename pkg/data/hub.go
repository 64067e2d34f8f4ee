package data

import (
	"context"

	"github.com/lorabook/lorabook/internal/hub"
)

// imdbRepo is IMDB on the hub; its unlabelled reviews are a third file, which is
// fetched only if they are wanted.
var (
	imdbRepo  = hub.Repo{Kind: hub.Datasets, ID: "stanfordnlp/imdb"}
	imdbFiles = map[string]string{
		train:        "plain_text/train-00000-of-00001.parquet",
		test:         "plain_text/test-00000-of-00001.parquet",
		unsupervised: "plain_text/unsupervised-00000-of-00001.parquet",
	}
)

func (o Opener) openHub(ctx context.Context) (*Dataset, error) {
	halves := o.halves()
	files := make([]string, len(halves))
	for i, half := range halves {
		files[i] = imdbFiles[half]
	}
	paths, err := hub.Fetch(ctx, imdbRepo, files, o.Progress)
	if err != nil {
		return nil, err
	}
	tables := make([]table, len(halves))
	for i, half := range halves {
		tables[i] = table{paths[i], half}
	}
	o.Progress = nil // it told of the download; reading is a second's work
	return o.openTables(ctx, imdbName, imdbLabels, tables...)
}
