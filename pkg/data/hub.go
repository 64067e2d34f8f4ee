package data

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/hubdata"
)

// imdbRepo is IMDB on the hub. Its unlabelled reviews are a third file, which is downloaded
// only with [Opener].Unlabelled.
var (
	imdbRepo  = hub.Repo{Kind: hub.Datasets, ID: "stanfordnlp/imdb"}
	imdbFiles = map[string]string{
		halves.Train:        "plain_text/train-00000-of-00001.parquet",
		halves.Test:         "plain_text/test-00000-of-00001.parquet",
		halves.Unsupervised: "plain_text/unsupervised-00000-of-00001.parquet",
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
	tables := make([]formats.Table, len(halves))
	for i, half := range halves {
		tables[i] = formats.Table{Path: paths[i], Half: half}
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

// openHubData reads a data set from the hub.
func (o Opener) openHubData(ctx context.Context, spec string, name hubdata.Name) (*Dataset, error) {
	found, err := hubdata.Find(ctx, name, o.wanted())
	if err == nil {
		var paths []string
		if paths, err = hub.Fetch(ctx, found.Repo, found.Files, o.Progress); err == nil {
			tables := make([]formats.Table, len(paths))
			for i, path := range paths {
				tables[i] = formats.Table{Path: path, Half: found.Halves[i]}
			}
			o.Progress = nil // it has reported the download
			d, err := o.openTables(ctx, path.Base(name.ID), nil, found.Warnings, tables...)
			if err == nil {
				d.Notes = append(found.Notes, d.Notes...)
			}
			return d, err
		}
	}
	if hub.Unreachable(err) {
		folder := "data/" + path.Base(name.ID)
		revision := ""
		if r := name.Repo().Revision; r != "main" {
			revision = " --revision " + r
		}
		err = fmt.Errorf("%w; on a machine that reaches the hub, `hf download %s --repo-type dataset%s --local-dir %s` writes it to a folder: copy the folder here, and open it",
			err, name.ID, revision, folder)
	}
	return nil, fmt.Errorf("data %q: there is no such file or folder here, and as a data set of the hub: %w", spec, err)
}
