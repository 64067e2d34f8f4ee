package hub_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/internal/hub"
)

var cuts = flag.Int("cuts", 4, "places at which TestFetchIsCut breaks a download; 100: at every percent")

// A download that breaks off at any percentage, the first and the last byte included, goes on from
// there, and leaves nothing but the file.
func TestFetchIsCut(t *testing.T) {
	for i := range *cuts + 1 {
		server := serve(t)
		content := server.Files[names[0]]
		at := min(max(1, len(content)*i / *cuts), len(content)-1)
		server.Cut, server.Cuts = map[string]int{names[0]: at}, 1
		paths, err := hub.Fetch(context.Background(), repo, names[:1], nil)
		if err != nil {
			t.Fatalf("cut after %d bytes: %v", at, err)
		}
		if got, err := os.ReadFile(paths[0]); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("cut after %d bytes: %d bytes, %v", at, len(got), err)
		}
		if want := []string{names[0], fmt.Sprintf("%s bytes=%d-", names[0], at)}; !slices.Equal(server.Gets(), want) {
			t.Errorf("asked for %q, want %q", server.Gets(), want)
		}
		if left, err := filepath.Glob(filepath.Join(os.Getenv("HF_HOME"), "hub/*/blobs/*.incomplete")); err != nil || len(left) > 0 {
			t.Errorf("cut after %d bytes: left over: %q, %v", at, left, err)
		}
	}
}
