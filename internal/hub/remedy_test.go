package hub

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestRemedy(t *testing.T) {
	offline := &NotCachedError{Repo: Repo{ID: "bert-base-cased"}}
	for _, test := range []struct {
		err             error
		parameter, name string
		want            []string
	}{
		{offline, "model", "bert-base-cased", []string{"`go run ./kernel fetch bert-base-cased models/bert-base-cased`", "Maven", "-p model=../models/bert-base-cased"}},
		{fmt.Errorf("x: %w", ErrInterrupted), "model", "owner/name", []string{"on a machine that reaches the hub, `go run ./kernel fetch owner/name models/name`", "-p model=../models/name"}},
		{&StatusError{Status: 503}, "data", "imdb", []string{"`go run ./kernel fetch imdb data/imdb`", "-p data=../data/imdb"}},
		{&StatusError{Status: 407}, "data", "imdb", []string{"fetch"}},
		{&StatusError{Status: 404}, "model", "owner/name", nil},
		{&StatusError{Status: 401}, "model", "owner/name", nil},
		{errors.New("other"), "model", "owner/name", nil},
		{nil, "model", "owner/name", nil},
	} {
		got := Remedy(test.err, test.parameter, test.name)
		if len(test.want) == 0 && got != "" {
			t.Errorf("%v: %q", test.err, got)
		}
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%v: no %q in %q", test.err, want, got)
			}
		}
	}
}
