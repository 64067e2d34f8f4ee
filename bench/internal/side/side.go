// Package side runs the two sides of a comparison, lorabook and a program in Python.
package side

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
)

// Versions lists the versions of Go, of the libraries and of the engine.
func Versions(engine string) string {
	parts := []string{runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == "github.com/gomlx/gomlx" || d.Path == "github.com/gomlx/go-xla" {
				parts = append(parts, fmt.Sprintf("%s %s", filepath.Base(d.Path), d.Version))
			}
		}
	}
	return strings.Join(append(parts, engine), ", ")
}

// Read runs a program and parses the last line of its output, JSON, into result.
func Read(cmd *exec.Cmd, result any) error {
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(cmd.Path), err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if last := lines[len(lines)-1]; json.Unmarshal([]byte(last), result) != nil {
		return fmt.Errorf("%s: expected a result as JSON in the last line of the output, found %q", filepath.Base(cmd.Path), last)
	}
	return nil
}
