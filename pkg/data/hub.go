package data

import (
	"context"

	"github.com/lorabook/lorabook/internal/hub"
)

// imdbRepo is IMDB on the hub; its unlabelled reviews are a third file, which is
// not fetched.
var (
	imdbRepo  = hub.Repo{Kind: hub.Datasets, ID: "stanfordnlp/imdb"}
	imdbFiles = map[string]string{
		train: "plain_text/train-00000-of-00001.parquet",
		test:  "plain_text/test-00000-of-00001.parquet",
	}
)

func (o Opener) openHub(ctx context.Context) (*Dataset, error) {
	paths, err := hub.Fetch(ctx, imdbRepo, []string{imdbFiles[train], imdbFiles[test]}, o.Progress)
	if err != nil {
		return nil, err
	}
	o.Progress = nil // it told of the download; reading is a second's work
	return o.openTables(ctx, imdbName, imdbLabels, table{paths[0], train}, table{paths[1], test})
}
