// Package browser finds the browser that prints pages and that the tests look at pages with:
//
//	program := browser.Find() // "" if there is none
package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// Names are the executables of Chromium and Chrome.
var Names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// Install states how to install one.
const Install = "install it (Debian and Ubuntu: apt install chromium; macOS: brew install --cask google-chrome; Windows: winget install Google.Chrome)"

// Find returns the executable of a Chromium or Chrome: the one that the environment variable CHROME
// names, else one in the PATH, else one where macOS and Windows install it. The result is "" if
// there is none.
func Find() string {
	for _, name := range append([]string{os.Getenv("CHROME")}, Names...) {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	for _, path := range places() {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// places are the files of the browsers outside the PATH.
func places() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{
			"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
			"/Applications/Chromium.app/Contents/MacOS/Chromium",
		}
	case "windows":
		var all []string
		for _, dir := range []string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"} {
			if root := os.Getenv(dir); root != "" {
				all = append(all, filepath.Join(root, "Google", "Chrome", "Application", "chrome.exe"),
					filepath.Join(root, "Microsoft", "Edge", "Application", "msedge.exe"))
			}
		}
		return all
	}
	return nil
}
