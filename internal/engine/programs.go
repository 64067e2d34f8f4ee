package engine

import (
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/internal/programs"
)

// EnvPrograms is the environment variable for the cache of programs that XLA compiled for the
// CPU: a folder, or "off". The default is lorabook/programs in the user's cache folder.
const EnvPrograms = "LORABOOK_PROGRAMS"

// keepPrograms lets XLA's programs be kept for the next process. Without a cache every process
// compiles them.
func keepPrograms() {
	dir := os.Getenv(EnvPrograms)
	if dir == "off" {
		return
	}
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return
		}
		dir = filepath.Join(cache, "lorabook", "programs")
	}
	if path, ok := plugin.Find("cpu"); ok {
		_ = programs.Keep(path, dir)
	}
}
