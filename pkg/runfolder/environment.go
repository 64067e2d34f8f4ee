package runfolder

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
)

// Environment describes the machine and the software of a run. It is recorded, but not
// compared: another machine may resume a run, although the last digits may then differ.
type Environment struct {
	Engine   string `json:"engine"`             // the compute engine, as the caller names it
	Go       string `json:"go"`                 // version of the Go toolchain
	Platform string `json:"platform"`           // operating system and architecture: "linux/amd64"
	CPU      string `json:"cpu,omitempty"`      // the processor's name, if the system reports it
	Cores    int    `json:"cores"`              // number of cores that the program may use
	Revision string `json:"revision,omitempty"` // revision of the program's source; "+changes" marks uncommitted changes
	// SourceRevision is the revision of the source's folder at the start of the run, of a program
	// that was built without a Revision: by go run, or as a notebook cell.
	SourceRevision string            `json:"source_revision,omitempty"`
	Modules        map[string]string `json:"modules,omitempty"` // module path to version
}

// CurrentEnvironment describes this program on this machine.
func CurrentEnvironment(engine string) Environment {
	e := Environment{
		Engine:   engine,
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPU:      cpuName(),
		Cores:    runtime.GOMAXPROCS(0),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return e
	}
	e.Modules = make(map[string]string)
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == "" {
			continue
		}
		version := m.Version
		if m.Replace != nil {
			version = m.Replace.Path + " " + m.Replace.Version
		}
		e.Modules[m.Path] = strings.TrimSpace(version)
	}
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			e.Revision = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed && e.Revision != "" {
		e.Revision += withChanges
	}
	if e.Revision == "" {
		e.SourceRevision = sourceRevision()
	}
	return e
}

// PeakBytes returns this process's peak resident memory in bytes (VmHWM on Linux); 0 if the
// system does not report it.
func PeakBytes() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	return 0
}

// cpuName returns "" on systems without support.
func cpuName() string {
	switch runtime.GOOS {
	case "linux":
		f, err := os.Open("/proc/cpuinfo")
		if err != nil {
			return ""
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			key, value, _ := strings.Cut(lines.Text(), ":")
			if strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	case "darwin":
		out, err := exec.Command("sysctl", "-n", "machdep.cpu.brand_string").Output()
		if err == nil {
			return strings.TrimSpace(string(out))
		}
	}
	return ""
}
