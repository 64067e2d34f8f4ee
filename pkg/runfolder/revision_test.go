package runfolder

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The revision of a folder is that of its commit, with a mark for uncommitted changes anywhere in the
// repository; a folder outside of a repository has none.
func TestRevisionOf(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	if got := revisionOf(dir, ""); got != "" {
		t.Errorf("a folder outside of a repository has the revision %q", got)
	}
	sub := filepath.Join(dir, "pkg")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(sub, 0o755); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(sub, "a.go"), "package a\n")
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."},
		{"-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "one"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	t.Setenv("GIT_DIR", t.TempDir()) // as a hook of another repository
	clean := revisionOf(sub, "pkg/")
	if !regexp.MustCompile(`^[0-9a-f]{40,64}$`).MatchString(clean) {
		t.Errorf("revision %q", clean)
	}
	if got := revisionOf(sub, "vendor/pkg/"); got != "" {
		t.Errorf("a folder with another path in its repository has the revision %q", got)
	}
	write(filepath.Join(dir, "b.go"), "package b\n")
	if got := revisionOf(sub, "pkg/"); got != clean+withChanges || !strings.HasSuffix(got, "+changes") {
		t.Errorf("revision %q, expected %q with a mark", got, clean)
	}
}
