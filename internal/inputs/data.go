package inputs

import (
	"context"
	"fmt"
	"regexp"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Open opens a data set.
type Open func(ctx context.Context) (*data.Outline, error)

// ValidationPart is the part of the digests of a data set with a validation half.
const ValidationPart = "validation"

// Data returns the input for the data set source, which open opens. Its digests cover the
// content: the same examples in another file format are the same data.
func Data(source string, open Open) runfolder.Input {
	in := runfolder.Input{Name: "data", Source: source, What: "data " + source, Find: findData(source)}
	in.Digests = func(ctx context.Context) (map[string]string, error) {
		set, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return DataDigests(ctx, set)
	}
	in.Part = func(part string) string {
		switch part {
		case "labels":
			return "the names of the classes"
		case "train":
			return "the texts, labels or ids of the training half"
		case ValidationPart:
			return "the texts, labels or ids of the validation half"
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

// numberedID matches the ids that package data assigns to examples without ids, by line or row.
// They depend on the file format.
var numberedID = regexp.MustCompile(`^(train|validation|test|unsupervised)/[0-9]+$`)

// DataDigests returns the digests of a data set's parts: the class names, and each half's texts,
// answers and ids in their order. A data set without a validation half has no digest of it. It reads
// the texts.
func DataDigests(ctx context.Context, set *data.Outline) (map[string]string, error) {
	labels := digest.NewStrings()
	labels.Add(set.Labels...)
	halves := map[string]digest.Strings{"train": digest.NewStrings(), "test": digest.NewStrings(), ValidationPart: digest.NewStrings()}
	err := set.Each(ctx, func(r data.Ref, e data.Example) error {
		addExample(halves[r.Half()], e)
		return nil
	})
	if err != nil {
		return nil, err
	}
	digests := map[string]string{"labels": labels.String(), "train": halves["train"].String(), "test": halves["test"].String()}
	if len(set.Validation) > 0 {
		digests[ValidationPart] = halves[ValidationPart].String()
	}
	return digests, nil
}

// ExamplesDigest returns the digest of the examples' texts, answers and ids in their order. The
// second text of a pair and the answers of other tasks than single labels are part of it only
// where they are not empty.
func ExamplesDigest(examples []data.Example) string {
	sum := digest.NewStrings()
	for _, e := range examples {
		addExample(sum, e)
	}
	return sum.String()
}

func addExample(sum digest.Strings, e data.Example) {
	id := e.ID
	if numberedID.MatchString(id) {
		id = ""
	}
	if e.TextPair == "" { // as in digests of versions without pairs
		sum.Add(id, fmt.Sprint(e.Label), e.Text)
	} else {
		sum.Add(id, fmt.Sprint(e.Label)+" pair", e.Text, e.TextPair)
	}
	if len(e.Labels) > 0 {
		sum.Add("labels", fmt.Sprint(e.Labels))
	}
	if e.Words != nil {
		sum.Add("words", fmt.Sprintf("%q", e.Words))
		sum.Add("tags", fmt.Sprint(e.Tags))
	}
	if e.Value != 0 {
		sum.Add("value", fmt.Sprint(e.Value))
	}
}

// Texts returns the input for the i-th source of a pre-training's texts, which o reads.
func Texts(i int, source string, o data.Opener) runfolder.Input {
	in := runfolder.Input{Name: fmt.Sprintf("texts[%d]", i), Source: source, What: "texts " + source, Find: findData(source)}
	in.Digests = func(ctx context.Context) (map[string]string, error) {
		set, err := o.OpenTexts(ctx, source)
		if err != nil {
			return nil, err
		}
		return TextsDigests(set.AllTexts()), nil
	}
	in.Part = func(string) string { return "the texts" }
	return in
}

func TextsDigests(texts []string) map[string]string {
	sum := digest.NewStrings()
	sum.Add(texts...)
	return map[string]string{"texts": sum.String()}
}
