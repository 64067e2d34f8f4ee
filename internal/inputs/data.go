package inputs

import (
	"context"
	"fmt"
	"regexp"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Data returns the input for the data set source. Its digests cover the content: the same reviews
// in another file format are the same data.
func Data(source string) runfolder.Input {
	in := runfolder.Input{Name: "data", Source: source, What: "data " + source, Find: findData(source)}
	in.Digests = func(ctx context.Context) (map[string]string, error) {
		set, err := data.Open(ctx, source)
		if err != nil {
			return nil, err
		}
		return DataDigests(set), nil
	}
	in.Part = func(part string) string {
		switch part {
		case "labels":
			return "the names of the classes"
		case "train":
			return "the texts, labels or ids of the training half"
		}
		return "the texts, labels or ids of the test half"
	}
	return in
}

func findData(source string) func() (string, []string, error) {
	return func() (string, []string, error) {
		paths, err := data.Local(source)
		switch {
		case err != nil || len(paths) == 0:
			return "", nil, err
		case len(paths) == 1:
			return absolute(paths[0]), paths, nil
		}
		return absolute(source), paths, nil // a pattern or a list
	}
}

// numberedID matches the ids that package data assigns to reviews without ids, by line or row.
// They depend on the file format.
var numberedID = regexp.MustCompile(`^(train|test|unsupervised)/[0-9]+$`)

// DataDigests returns the digests of a data set's parts: the class names, and each half's texts,
// labels and ids in their order.
func DataDigests(set *data.Dataset) map[string]string {
	labels := digest.NewStrings()
	labels.Add(set.Labels...)
	digests := map[string]string{"labels": labels.String()}
	for name, half := range map[string][]data.Example{"train": set.Train, "test": set.Test} {
		sum := digest.NewStrings()
		for _, review := range half {
			id := review.ID
			if numberedID.MatchString(id) {
				id = ""
			}
			if review.TextPair == "" { // as in digests of versions without pairs
				sum.Add(id, fmt.Sprint(review.Label), review.Text)
				continue
			}
			sum.Add(id, fmt.Sprint(review.Label)+" pair", review.Text, review.TextPair)
		}
		digests[name] = sum.String()
	}
	return digests
}

// Texts returns the input for the i-th source of a pre-training's texts.
func Texts(i int, source string) runfolder.Input {
	in := runfolder.Input{Name: fmt.Sprintf("texts[%d]", i), Source: source, What: "texts " + source, Find: findData(source)}
	in.Digests = func(ctx context.Context) (map[string]string, error) {
		texts, _, err := data.OpenTexts(ctx, source)
		if err != nil {
			return nil, err
		}
		return TextsDigests(texts), nil
	}
	in.Part = func(string) string { return "the texts" }
	return in
}

func TextsDigests(texts []string) map[string]string {
	sum := digest.NewStrings()
	sum.Add(texts...)
	return map[string]string{"texts": sum.String()}
}
