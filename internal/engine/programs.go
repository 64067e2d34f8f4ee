package engine

import (
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/internal/programs"
)

// EnvPrograms names the environment variable that says where programs are kept that XLA
// compiled for the CPU: a folder, or "off" for nowhere. Without it they lie in the user's
// cache folder, in lorabook/programs.
const EnvPrograms = "LORABOOK_PROGRAMS"

// keepPrograms lets XLA's programs be kept for the next process. Where that cannot be,
// they are compiled in each, as ever.
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
