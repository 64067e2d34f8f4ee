package engine

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/internal/private"
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
		var unsafe *private.Error
		if err := programs.Keep(path, dir); errors.As(err, &unsafe) {
			fmt.Fprintf(os.Stderr, "lorabook: XLA's programs are compiled anew in each process: %v, or set %s to another folder or to off\n", err, EnvPrograms)
		}
	}
}
