package baselines

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// sentence makes an example of words with tags, "Ada/1 met/0".
func sentence(id, text string) data.Example {
	e := data.Example{ID: id, Label: -1}
	for pair := range strings.FieldsSeq(text) {
		word, tag, _ := strings.Cut(pair, "/")
		e.Words, e.Tags = append(e.Words, word), append(e.Tags, int(tag[0]-'0'))
	}
	e.Text = strings.Join(e.Words, " ")
	return e
}

func TestWordTags(t *testing.T) {
	classes := []string{"B-LOC", "B-PER", "O"}
	train := []data.Example{sentence("1", "Paris/0 is/2 a/2 city/2"), sentence("2", "Paris/1 met/2 Ada/1"), sentence("3", "Paris/0 Bonn/0")}
	test := []data.Example{sentence("4", "Ada/1 likes/2 Paris/1"), sentence("5", "Rome/0 is/2 ada/1")}
	for name, c := range map[string]struct {
		predict func() (answers [][]int, err error)
		want    string
	}{
		"words": {func() ([][]int, error) {
			p, err := WordTags(context.Background(), classes, train, test)
			return p.Answers, err
		}, "[[1 2 0] [2 2 2]]"},
		"majority": {func() ([][]int, error) {
			p, err := MajorityTag(classes, train, test)
			return p.Answers, err
		}, "[[2 2 2] [2 2 2]]"},
	} {
		if got, err := c.predict(); err != nil || fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, %v, expected %s", name, got, err, c.want)
		}
	}
	p, err := WordTags(context.Background(), classes, train, test)
	if err != nil || p.Scheme != "IOB2" || !slices.Equal(p.IDs, []string{"4", "5"}) {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := WordTags(context.Background(), classes, nil, test); err == nil || !strings.Contains(err.Error(), "no words") {
		t.Error(err)
	}
	if _, err := MajorityTag(classes, []data.Example{sentence("7", "Ada/9")}, test); err == nil || !strings.Contains(err.Error(), "example 7 has the tag 9") {
		t.Error(err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if _, err := WordTags(stopped, classes, train, test); err == nil {
		t.Error("no error of a context that ended")
	}
}
