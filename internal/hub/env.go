package hub

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	hf "github.com/gomlx/go-huggingface/hub"
)

// CacheDir returns the cache's folder, which contains one sub-folder per repository.
func CacheDir() string {
	if dir := os.Getenv("HF_HUB_CACHE"); dir != "" {
		return dir
	}
	if home := os.Getenv("HF_HOME"); home != "" {
		return filepath.Join(home, "hub")
	}
	return hf.DefaultCacheDir()
}

// Offline reports whether HF_HUB_OFFLINE forbids the network.
func Offline() bool {
	return slices.Contains([]string{"1", "ON", "YES", "TRUE"}, strings.ToUpper(os.Getenv("HF_HUB_OFFLINE")))
}
