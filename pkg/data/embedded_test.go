package data

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// sampleRecord is a line of the embedded file, with all its fields.
type sampleRecord struct{ ID, Text, Label, Split, Kind string }

func sampleRecords(t *testing.T) []sampleRecord {
	t.Helper()
	lines := json.NewDecoder(strings.NewReader(sampleReviews))
	lines.DisallowUnknownFields()
	var records []sampleRecord
	for {
		var r sampleRecord
		if err := lines.Decode(&r); errors.Is(err, io.EOF) {
			return records
		} else if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
}

func openSample(t *testing.T) *Dataset {
	t.Helper()
	d, err := Open(context.Background(), "sample")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSample(t *testing.T) {
	d := openSample(t)
	if got, want := d.String(), "sample, train 400 (neg 200, pos 200), test 200 (neg 100, pos 100)"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	ids, texts := map[string]bool{}, map[string]string{}
	for i, r := range append(d.Train, d.Test...) {
		if want := fmt.Sprintf("sample-%03d", i+1); r.ID != want || ids[r.ID] {
			t.Errorf("review %d has id %q, want %q, once", i, r.ID, want)
		}
		ids[r.ID] = true
		if first, ok := texts[r.Text]; ok {
			t.Errorf("%s repeats %s", r.ID, first)
		}
		texts[r.Text] = r.ID
		if words := len(strings.Fields(r.Text)); words < 15 || words > 120 {
			t.Errorf("%s has %d words", r.ID, words)
		}
		if at := strings.IndexFunc(r.Text, func(c rune) bool { return c < ' ' || c > '~' }); at >= 0 {
			t.Errorf("%s has a character that is not printable ASCII at %d", r.ID, at)
		}
	}
	raw, err := Opener{Raw: true}.Open(context.Background(), "sample")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, raw); diff != "" {
		t.Errorf("cleaning changes the reviews:\n%s", diff)
	}
}

var sampleWord = regexp.MustCompile(`[a-z0-9']+`)

// TestSampleReviewsDiffer: no six words in a row occur in two reviews, and no
// review shares most of its words with another, so that nothing in the test half
// can be answered from memory.
func TestSampleReviewsDiffer(t *testing.T) {
	const phrase, mostAlike = 6, 0.3
	phrases := map[string]string{}
	var sets []map[string]bool
	records := sampleRecords(t)
	for i, r := range records {
		words := sampleWord.FindAllString(strings.ToLower(r.Text), -1)
		for at := range len(words) - phrase + 1 {
			p := strings.Join(words[at:at+phrase], " ")
			if first, ok := phrases[p]; ok && first != r.ID {
				t.Errorf("%s and %s share %q", first, r.ID, p)
			}
			phrases[p] = r.ID
		}
		set := map[string]bool{}
		for _, w := range words {
			set[w] = true
		}
		for j, other := range sets {
			shared := 0
			for w := range set {
				if other[w] {
					shared++
				}
			}
			if alike := float64(shared) / float64(len(set)+len(other)-shared); alike > mostAlike {
				t.Errorf("%s and %s share %.0f %% of their words", records[j].ID, records[i].ID, 100*alike)
			}
		}
		sets = append(sets, set)
	}
}

// TestSampleHalvesAreAlike: what is measured on the test half holds for reviews
// like those of the training half.
func TestSampleHalvesAreAlike(t *testing.T) {
	type cell struct{ label, kind string }
	counts := map[cell]map[string]int{}
	words := map[string]map[string]int{halves.Train: {}, halves.Test: {}}
	for _, r := range sampleRecords(t) {
		c := cell{r.Label, r.Kind}
		if counts[c] == nil {
			counts[c] = map[string]int{}
		}
		counts[c][r.Split]++
		words[r.Split][r.Label] += len(strings.Fields(r.Text))
	}
	if len(counts) != 10 {
		t.Errorf("%d kinds of both labels, want 5: %v", len(counts), counts)
	}
	for c, n := range counts {
		if all := n[halves.Train] + n[halves.Test]; max(3*n[halves.Test]-all, all-3*n[halves.Test]) > 6 {
			t.Errorf("%v: %d of %d are in the test half, want a third", c, n[halves.Test], all)
		}
	}
	mean := float64(words[halves.Train]["neg"]+words[halves.Train]["pos"]) / 400
	for split, size := range map[string]float64{halves.Train: 200, halves.Test: 100} {
		for label, n := range words[split] {
			if got := float64(n) / size; got < 0.95*mean || got > 1.05*mean {
				t.Errorf("%s %s reviews have %.1f words on average, want near %.1f", split, label, got, mean)
			}
		}
	}
}

func TestSampleStopsAndRefuses(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Open(ctx, "sample"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := (Opener{Unlabelled: true}).Open(context.Background(), "sample"); !errors.Is(err, ErrNoUnlabelled) {
		t.Error(err)
	}
	var reports bytes.Buffer
	_, err := Opener{Progress: func(done, total int64) { fmt.Fprint(&reports, done == total) }}.Open(context.Background(), "sample")
	if err != nil || !strings.HasSuffix(reports.String(), "true") {
		t.Errorf("%q, %v", reports.String(), err)
	}
}

// The sample's unused column is described on its data card and needs no note.
func TestSampleHasNoNotes(t *testing.T) {
	d, err := Open(t.Context(), Sample)
	if err != nil || len(d.Notes)+len(d.Warnings) > 0 {
		t.Errorf("%q, %q, %v", d.Notes, d.Warnings, err)
	}
	d, err = Opener{Columns: Columns{Label: "kind"}}.Open(t.Context(), Sample)
	if err != nil || len(d.Notes) == 0 || len(d.Labels) < 3 {
		t.Errorf("with the column kind as label: %q, %q, %v", d.Labels, d.Notes, err)
	}
}
