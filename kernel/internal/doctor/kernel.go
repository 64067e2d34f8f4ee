package doctor

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/install"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// kernelspec checks the kernelspec and the existence of its files.
func (m *machine) kernelspec(module *install.Module, spec *jupyter.KernelSpec, err error) {
	const name = "kernelspec"
	if err != nil {
		if notFound := (*jupyter.NotFoundError)(nil); errors.As(err, &notFound) {
			m.missing(name, installCommand, "no kernel %q in any of Jupyter's folders: %s", install.KernelName, strings.Join(notFound.Searched, ", "))
			return
		}
		m.missing(name, installCommand, "%v", err)
		return
	}
	path := filepath.Join(spec.Dir, "kernel.json")
	if faults := install.SpecFaults(module, spec); len(faults) > 0 {
		m.missing(name, installCommand, "%s: %s", path, strings.Join(faults, "; "))
		return
	}
	m.ok(name, "%s (%s)", path, spec.DisplayName)
}

// tools checks the programs on the PATH that cells are run with.
func (m *machine) tools(module *install.Module, chain *install.Toolchain, spec *jupyter.KernelSpec) {
	if module == nil {
		return
	}
	tools, err := module.Tools()
	if err != nil {
		m.missing("tools", "git checkout go.mod", "%v", err)
		return
	}
	path := cellVariable(spec, "PATH")
	for _, tool := range tools {
		found := lookIn(path, tool.Path(""))
		if tool.Name == "gonb" && spec != nil {
			found = spec.Argv[0] // however it is called there
		}
		status, lost := Missing, ""
		if tool.Lost != "" {
			status, lost = Warn, "; without it there is no "+tool.Lost
		}
		if found == "" || !install.IsProgram(found) {
			m.add(tool.Name, status, installCommand, "not installed%s", lost)
			continue
		}
		starter := ""
		if started, ok := install.StartedGopls(found); ok {
			if !install.IsProgram(started) {
				m.add(tool.Name, status, installCommand, "%s starts %s, which is not installed%s", found, started, lost)
				continue
			}
			starter, found = found, started
		}
		built, err := tool.Built(filepath.Dir(found))
		switch {
		case err != nil:
			m.add(tool.Name, status, installCommand, "%v%s", err, lost)
		case built.Version != tool.Version:
			m.warn(tool.Name, installCommand, "%s at %s, but %s is pinned", built.Version, found, tool.Version)
		case chain != nil && built.GoVersion != chain.Version():
			m.warn(tool.Name, installCommand, "%s at %s, but built by %s, and cells are compiled by %s", built.Version, found, built.GoVersion, chain.Version())
		case tool.Name == "gopls":
			m.starter(built.Version, found, starter)
		default:
			m.ok(tool.Name, "%s at %s", built.Version, found)
		}
	}
}

// starter checks the program that starts gopls when a cell asks for help; starter is its path, or
// empty if cells find gopls itself.
func (m *machine) starter(version, gopls, starter string) {
	const name = "gopls"
	if starter == "" {
		if runtime.GOOS == "windows" { // there GoNB starts gopls itself
			m.ok(name, "%s at %s", version, gopls)
			return
		}
		m.warn(name, installCommand, "%s at %s; the program that starts one gopls for all notebooks is missing, so that each open notebook starts its own, with 300 to 600 MB", version, gopls)
		return
	}
	ctx, cancel := context.WithTimeout(m.ctx, 30*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ctx, starter, "version").CombinedOutput(); err != nil {
		m.warn(name, installCommand, "%s does not start %s (%v: %s); without it there is no completion and help in a cell", starter, gopls, err, firstLine(string(out)))
		return
	}
	m.ok(name, "%s at %s, started by %s when a cell asks for help", version, gopls, starter)
}

// simd checks that the pure Go engine is compiled with vector instructions.
func (m *machine) simd(chain *install.Toolchain, spec *jupyter.KernelSpec) {
	const name, experiment = "simd", "simd"
	if chain == nil || chain.Env["GOARCH"] != "amd64" {
		return // there it has no effect
	}
	enabled := func(list string) bool { return slices.Contains(strings.Split(list, ","), experiment) }
	cells := enabled(cellVariable(spec, "GOEXPERIMENT"))
	here := enabled(chain.Env["GOEXPERIMENT"])
	switch {
	case spec != nil && !cells:
		m.warn(name, installCommand, "off in cells: the pure Go engine is ten times slower there")
	case !here:
		m.warn(name, "export GOEXPERIMENT=simd GODEBUG=cpu.fma=off",
			"on in cells, off for go run and go test here: the pure Go engine is ten times slower there")
	default:
		m.ok(name, "on (GOEXPERIMENT=%s)", chain.Env["GOEXPERIMENT"])
	}
}

// cellVariable returns a variable of the environment that cells run in.
func cellVariable(spec *jupyter.KernelSpec, name string) string {
	if spec == nil {
		return os.Getenv(name)
	}
	value := ""
	for _, entry := range spec.Environ(os.Environ()) {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v // the last one counts
		}
	}
	return value
}

// lookIn finds a program on the given PATH, which may differ from this process's PATH.
func lookIn(path, program string) string {
	for _, dir := range filepath.SplitList(path) {
		if file := filepath.Join(dir, program); dir != "" && install.IsProgram(file) {
			return file
		}
	}
	return ""
}
