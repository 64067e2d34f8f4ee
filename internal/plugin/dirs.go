package plugin

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// EnvPath names the environment variable that replaces the search path: folders
// separated by colons. If it is set, even to "", only its folders are searched.
const EnvPath = "PJRT_PLUGIN_LIBRARY_PATH"

const (
	systemDir  = "/usr/local/lib/go-xla"
	linkerConf = "/etc/ld.so.conf"
)

// DefaultDir returns the folder of this user in which a plugin is installed:
// ~/.local/lib/go-xla on Linux. It is empty if the system has no home folder.
func DefaultDir() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	switch runtime.GOOS {
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "go-xla")
	case "windows":
		return filepath.Join(home, "AppData", "Local", "go-xla")
	default:
		return filepath.Join(home, ".local", "lib", "go-xla")
	}
}

// Dirs returns the search path for plugins in order: only the folders of [EnvPath] if it is
// set; otherwise this user's folder, the system's, and the folders of the dynamic linker. They
// need not exist.
func Dirs() []string {
	if list, set := os.LookupEnv(EnvPath); set {
		return nonEmpty(strings.Split(list, ":"))
	}
	var dirs []string
	if own := DefaultDir(); own != "" {
		dirs = append(dirs, own)
		dirs = append(dirs, olderDirs(own)...)
	}
	if runtime.GOOS == "windows" {
		return dirs
	}
	dirs = append(dirs, systemDir)
	if runtime.GOOS == "linux" {
		dirs = append(dirs, filepath.Join(systemDir, "nvidia"))
	}
	dirs = append(dirs, "/usr/local/lib/gomlx/pjrt")
	if runtime.GOOS == "darwin" {
		dirs = append(dirs, absolute(os.Getenv("DYLD_LIBRARY_PATH"))...)
	}
	dirs = append(dirs, absolute(os.Getenv("LD_LIBRARY_PATH"))...)
	if runtime.GOOS == "linux" {
		dirs = append(dirs, linkerDirs(linkerConf, 0)...)
	}
	return dirs
}

// olderDirs returns the other folders that go-xla searches: the folder of its CUDA libraries,
// and the folder of its predecessor, gopjrt.
func olderDirs(own string) []string {
	base := filepath.Dir(own)
	switch runtime.GOOS {
	case "darwin":
		return []string{filepath.Join(base, "GoMLX", "PJRT")}
	case "windows":
		return nil
	default:
		return []string{filepath.Join(own, "nvidia"), filepath.Join(base, "gomlx", "pjrt")}
	}
}

// linkerDirs reads the folders that a file in the format of ld.so.conf(5) lists. Unreadable
// files are ignored, as the linker does.
func linkerDirs(path string, depth int) []string {
	const maxDepth = 8 // a file may include itself
	file, err := os.Open(path)
	if err != nil || depth > maxDepth {
		return nil
	}
	defer file.Close()
	var dirs []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		include, isInclude := strings.CutPrefix(line, "include")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isInclude:
			// Relative patterns are ignored: go-xla would resolve them against the working
			// folder, so they are not reliable.
			if pattern := strings.TrimSpace(include); filepath.IsAbs(pattern) {
				files, _ := filepath.Glob(pattern)
				for _, f := range files {
					dirs = append(dirs, linkerDirs(f, depth+1)...)
				}
			}
		default:
			dirs = append(dirs, line)
		}
	}
	return dirs
}

// absolute returns the absolute folders of a list separated as the system does it.
func absolute(list string) []string {
	var dirs []string
	for _, dir := range filepath.SplitList(list) {
		if filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func nonEmpty(list []string) []string {
	var kept []string
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
