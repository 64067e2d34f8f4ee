package data

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/internal/hub"
)

// imdbRepo is IMDB on the hub. Its unlabelled reviews are a third file, which is downloaded
// only with [Opener].Unlabelled.
var (
	imdbRepo  = hub.Repo{Kind: hub.Datasets, ID: "stanfordnlp/imdb"}
	imdbFiles = map[string]string{
		train:        "plain_text/train-00000-of-00001.parquet",
		test:         "plain_text/test-00000-of-00001.parquet",
		unsupervised: "plain_text/unsupervised-00000-of-00001.parquet",
	}
)

func (o Opener) openHub(ctx context.Context) (*Dataset, error) {
	halves := slices.DeleteFunc(o.halves(), func(half string) bool { return imdbFiles[half] == "" })
	paths, err := downloadIMDB(ctx, halves, o.Progress)
	if remedy := hub.Remedy(err, "data", imdbName); remedy != "" {
		err = fmt.Errorf("%w%s", err, remedy)
	}
	if err != nil {
		return nil, err
	}
	tables := make([]table, len(halves))
	for i, half := range halves {
		tables[i] = table{path: paths[i], half: half}
	}
	o.Progress = nil // it has reported the download; reading takes a second
	return o.openTables(ctx, imdbName, imdbLabels, nil, tables...)
}

// DownloadIMDB downloads IMDB with its unlabelled reviews (about 80 MB) from the hub into the
// hub's cache. The result maps the names that the files need in a data set's folder
// (train.parquet, test.parquet, unsupervised.parquet) to their paths in the cache. Other
// programs share the files: do not write to them. progress may be nil.
func DownloadIMDB(ctx context.Context, progress func(done, total int64)) (map[string]string, error) {
	halves := slices.Sorted(maps.Keys(imdbFiles))
	paths, err := downloadIMDB(ctx, halves, progress)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for i, half := range halves {
		files[half+".parquet"] = paths[i]
	}
	return files, nil
}

func downloadIMDB(ctx context.Context, halves []string, progress func(done, total int64)) ([]string, error) {
	files := make([]string, len(halves))
	for i, half := range halves {
		files[i] = imdbFiles[half]
	}
	return hub.Fetch(ctx, imdbRepo, files, progress)
}
