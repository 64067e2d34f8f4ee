package doctor

import (
	"context"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/cpu"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// plugins checks that XLA's plugin is found, by programs started here and by cells.
func (m *machine) plugins(spec *jupyter.KernelSpec) {
	const name = "XLA plugin"
	path, found := plugin.Find("cpu")
	inCells := found
	if spec != nil {
		if dirs, set := spec.Env[plugin.EnvPath]; set {
			path, inCells = plugin.FindIn(strings.Split(dirs, ":"), "cpu")
		}
	}
	switch {
	case inCells && found:
		m.ok(name, "%s", path)
	case inCells:
		m.warn(name, "export "+plugin.EnvPath+"="+spec.Env[plugin.EnvPath], "%s is found by cells, but not by go run and go test here", path)
	case found:
		m.warn(name, installCommand, "found here, but not in %s, the folder that cells use", spec.Env[plugin.EnvPath])
	default:
		m.warn(name, installCommand, "none found in %s; cells use the pure Go engine at 2/5 of its speed", strings.Join(plugin.Dirs(), ", "))
	}
	if !plugin.HasNVIDIA() {
		return
	}
	if path, ok := plugin.Find("cuda"); ok {
		m.ok("CUDA plugin", "%s", path)
	} else {
		m.warn("CUDA plugin", "go run github.com/gomlx/go-xla/cmd/pjrt_installer@latest", "an NVIDIA card is here, but no plugin for it")
	}
}

// processor reports the instructions that determine the speed of the engines.
func (m *machine) processor() {
	const name = "processor"
	if runtime.GOARCH != "amd64" {
		m.ok(name, "%s, %d threads", runtime.GOARCH, runtime.NumCPU())
		return
	}
	var has []string
	for _, feature := range []struct {
		name string
		on   bool
	}{
		{"avx2", cpu.X86.HasAVX2}, {"avx512", cpu.X86.HasAVX512F},
		{"avx512_bf16", cpu.X86.HasAVX512BF16}, {"amx_bf16", cpu.X86.HasAMXBF16},
	} {
		if feature.on {
			has = append(has, feature.name)
		}
	}
	if !cpu.X86.HasAVX2 {
		m.warn(name, "", "no AVX2, which the fast kernels of the pure Go engine need; %d threads", runtime.NumCPU())
		return
	}
	m.ok(name, "%s; %d threads", strings.Join(has, " "), runtime.NumCPU())
}

// products reports the speed of matrix products, so that nobody has to guess which number format is faster.
func (m *machine) products(measure func(context.Context) (string, error)) {
	const name = "products"
	if measure == nil {
		return
	}
	speed, err := measure(m.ctx)
	if err != nil {
		m.warn(name, installCommand+", or unset GOMLX_BACKEND", "not measured: %v", err)
		return
	}
	m.ok(name, "%s", speed)
}

// temporary checks that programs can run in the temporary folder, in which cells are compiled.
func (m *machine) temporary() {
	const name = "temporary"
	dir := os.TempDir()
	remedy := "set TMPDIR to a folder in which programs may run"
	if err := runsPrograms(dir); err != nil {
		m.missing(name, remedy, "a cell could not run in %s: %v", dir, err)
		return
	}
	m.ok(name, "programs run from %s", dir)
}
