package plugin

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// extensions a shared library may have: go-xla accepts each on every system.
var extensions = []string{"so", "dylib", "dll"}

// FileName returns the name under which a plugin without a version is installed:
// pjrt_c_api_cpu_plugin.so for "cpu".
func FileName(platform string) string {
	name := "pjrt_c_api_" + platform + "_plugin"
	if runtime.GOOS == "windows" {
		return name + ".dll"
	}
	return name + ".so" // on macOS too: so go-xla's installer names it
}

// Find returns the path of the plugin that go-xla opens for platform, "cpu" or
// "cuda". A name without a version goes before one with it (pjrt_c_api_cpu_v0.83.1_plugin.so),
// an earlier folder of [Dirs] before a later one.
//
// Files that are not shared libraries are skipped, because go-xla panics on them. A plugin for
// CUDA is used only if an NVIDIA card is present, as in go-xla.
func Find(platform string) (path string, ok bool) {
	return FindIn(Dirs(), platform)
}

// FindIn is [Find] with folders of the caller's choice.
func FindIn(dirs []string, platform string) (path string, ok bool) {
	if platform == "" || strings.ContainsAny(platform, `/\*?[`) {
		return "", false
	}
	if isCUDA(platform) && !HasNVIDIA() {
		return "", false
	}
	for _, name := range []string{platform, platform + "_v*"} {
		for _, dir := range dirs {
			if path, ok := findIn(dir, name); ok {
				return path, true
			}
		}
	}
	return "", false
}

// findIn searches one folder for a plugin with a platform that matches the pattern name. It
// selects the last of several versions in alphabetical order.
func findIn(dir, name string) (path string, ok bool) {
	for _, ext := range extensions {
		for _, form := range []string{"pjrt-plugin-" + name, "pjrt_plugin_" + name, "pjrt_c_api_" + name + "_plugin"} {
			found, err := filepath.Glob(filepath.Join(dir, form+"."+ext))
			if err != nil {
				continue
			}
			for i := len(found) - 1; i >= 0; i-- {
				if IsLibrary(found[i]) {
					return found[i], true
				}
			}
		}
	}
	return "", false
}

// IsLibrary reports whether the file at path starts like a shared library (ELF, Mach-O or PE).
// It does not load it.
func IsLibrary(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false // opening a pipe would block
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 4)
	if _, err := io.ReadFull(file, head); err != nil {
		return false
	}
	for _, magic := range []string{"\x7fELF", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "MZ"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	return false
}

func isCUDA(platform string) bool {
	upper := strings.ToUpper(platform)
	return strings.Contains(upper, "CUDA") || strings.Contains(upper, "NVIDIA")
}

// HasNVIDIA reports whether an NVIDIA card is present: by its device file, or by nvidia-smi,
// which also finds cards without a device file (WSL).
func HasNVIDIA() bool { return nvidia() }

var nvidia = sync.OnceValue(func() bool {
	if devices, _ := filepath.Glob("/dev/nvidia*"); len(devices) > 0 {
		return true
	}
	out, err := exec.Command("nvidia-smi").CombinedOutput()
	return err == nil && bytes.Contains(out, []byte("NVIDIA-SMI"))
})
