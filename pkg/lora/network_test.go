package lora

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
)

// opened is the adapter of a case of testdata/tiny.py on its network.
func opened(t testing.TB, name string) (*Adapter, *model.Store) {
	t.Helper()
	n := tinyNetwork
	if slices.Contains(wordsCases, name) {
		n = wordsNetwork
	}
	return n.opened(t, filepath.Join("testdata", name))
}

// injected is a fresh adapter on the network.
func injected(t testing.TB, c Config) (*Adapter, *model.Store) {
	t.Helper()
	return tinyNetwork.injected(t, c)
}
