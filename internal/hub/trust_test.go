//go:build unix

package hub

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTrustedCache: a cache that everybody may write to is refused, unless it is trusted; one that a
// group shares is used.
func TestTrustedCache(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("HF_HUB_CACHE", cache)
	t.Setenv("HF_HUB_OFFLINE", "1")
	const commit = "0123456789012345678901234567890123456789"
	repo := filepath.Join(cache, "models--owner--name")
	snapshot := filepath.Join(repo, "snapshots", commit)
	if err := os.MkdirAll(snapshot, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(snapshot, "config.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{cache, repo} {
		for mode, fine := range map[os.FileMode]bool{0o755: true, os.ModeSetgid | 0o775: true, 0o777: false} {
			for _, trusted := range []string{"", t.TempDir(), cache + "/"} {
				t.Setenv(EnvTrusted, trusted)
				if err := os.Chmod(dir, mode); err != nil {
					t.Fatal(err)
				}
				named := Repo{ID: "owner/name", Revision: commit}
				_, fetched := Fetch(t.Context(), named, []string{"config.json"}, nil)
				_, opened := Snapshot(t.Context(), named, func(names []string) ([]string, error) { return names, nil }, nil)
				for _, err := range []error{fetched, opened} {
					if used := err == nil; used != (fine || trusted == cache+"/") || !used && (!strings.Contains(err.Error(), "chmod o-w") || !strings.Contains(err.Error(), EnvTrusted)) {
						t.Errorf("%s with mode %v, trusted %q: %v", dir, mode, trusted, err)
					}
				}
			}
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
