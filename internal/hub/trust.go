package hub

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/private"
)

// EnvTrusted is the environment variable that names a cache whose folders may belong to other users
// or be writable for everybody, such as one that an administrator fills, or that a container mounts.
const EnvTrusted = "LORABOOK_TRUSTED_CACHE"

// checkCache returns an error if others than this user, root and the folder's group could replace
// the repository's files in the cache. A file is not compared with its hash again after its
// download.
func checkCache(repo Repo) error {
	cache := CacheDir()
	if trusted := os.Getenv(EnvTrusted); trusted != "" && filepath.Clean(trusted) == filepath.Clean(cache) {
		return nil
	}
	for _, dir := range []string{cache, repo.dir()} {
		if err := private.CheckShared(dir); err != nil {
			return fmt.Errorf("hub: the cache is not used: %w, set HF_HOME to a folder of your own, or %s=%q if you trust those who can write to it", err, EnvTrusted, cache)
		}
	}
	return nil
}
