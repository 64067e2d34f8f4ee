package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// TestArguments: wrong ones are answered with how to say it.
func TestArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"only"}, {"a", "b", "c"}} {
		if err := merge(context.Background(), args, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "go run ./pkg/finetune/merge runs/imdb") {
			t.Errorf("%q: %v", args, err)
		}
	}
	if err := merge(context.Background(), []string{"nowhere", t.TempDir()}, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a folder that is not there: %v", err)
	}
}
