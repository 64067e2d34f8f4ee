package hub_test

import (
	"testing"

	"github.com/lorabook/lorabook/internal/hub"
)

func TestParseRepo(t *testing.T) {
	for text, want := range map[string]hub.Repo{
		"owner/name":             {Kind: hub.Models, ID: "owner/name"},
		"owner/name@main":        {Kind: hub.Models, ID: "owner/name", Revision: "main"},
		"o.w_n-er/n.a_m-e@v1.0":  {Kind: hub.Models, ID: "o.w_n-er/n.a_m-e", Revision: "v1.0"},
		"owner/name@refs/pr/1":   {Kind: hub.Models, ID: "owner/name", Revision: "refs/pr/1"},
		"name":                   {},
		"":                       {},
		"owner/name@":            {},
		"@main":                  {},
		"owner/name@../..":       {},
		"owner/name@a@b":         {},
		"./name":                 {},
		"../owner/name":          {},
		"/owner/name":            {},
		"owner/name/":            {},
		"owner/name/part":        {},
		"owner/na me":            {},
		`owner\name`:             {},
		"owner/name@v1?x=y":      {},
		"~/name":                 {},
		"owner/..":               {},
		"owner/name@-rf":         {},
		"owner/name@main/../etc": {},
	} {
		got, ok := hub.ParseRepo(text)
		if got != want || ok != (want != hub.Repo{}) {
			t.Errorf("%q: %+v, %v, expected %+v", text, got, ok, want)
		}
	}
}
