package runfolder

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// withChanges marks the revision of a source with uncommitted changes.
const withChanges = "+changes"

// sourceRevision returns the revision of the folder that this package was compiled from, now: go run
// and notebook cells build programs without the revision, right before they run. It is "" if the
// folder is not on this machine, is no git repository, or git is missing.
var sourceRevision = sync.OnceValue(func() string {
	_, file, _, ok := runtime.Caller(0)
	if !ok || !filepath.IsAbs(file) { // -trimpath
		return ""
	}
	return revisionOf(filepath.Dir(file), "pkg/runfolder/")
})

// revisionOf asks git for the revision of a folder, which must have this path within its repository: a
// copy of this module below another repository, such as vendor/, has no revision of its own.
func revisionOf(dir, within string) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	git := func(args ...string) (string, bool) {
		cmd := exec.CommandContext(ctx, "git", append([]string{"--no-optional-locks"}, args...)...)
		cmd.Dir = dir
		// In a hook, variables such as GIT_DIR name the repository of the hook.
		cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "GIT_") })
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err == nil
	}
	if found, ok := git("rev-parse", "--show-prefix"); !ok || found != within {
		return ""
	}
	revision, ok := git("rev-parse", "HEAD")
	if !ok || revision == "" {
		return ""
	}
	changes, ok := git("status", "--porcelain", "--", ":/")
	if !ok {
		return ""
	}
	if changes != "" {
		revision += withChanges
	}
	return revision
}
