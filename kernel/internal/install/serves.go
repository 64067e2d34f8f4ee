package install

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// WorkDirs returns the modules that a cell can import without the network: the folders
// that GoNB's -go_work flag names in the kernelspec.
func WorkDirs(spec *jupyter.KernelSpec) []string {
	for _, arg := range spec.Argv {
		if list, ok := strings.CutPrefix(strings.TrimLeft(arg, "-"), "go_work="); ok && list != "" {
			return strings.Split(list, ",")
		}
	}
	return nil
}

// SpecFaults lists the faults of a kernelspec for the checkout module, or for any checkout if
// module is nil.
func SpecFaults(module *Module, spec *jupyter.KernelSpec) []string {
	var faults []string
	if !IsProgram(spec.Argv[0]) {
		faults = append(faults, "the kernel "+spec.Argv[0]+" is gone")
	}
	dirs := WorkDirs(spec)
	for _, dir := range dirs {
		if _, err := FindModule(dir); err != nil {
			faults = append(faults, "the checkout "+dir+" that cells import from does not exist")
		}
	}
	switch {
	case len(dirs) == 0:
		faults = append(faults, "cells cannot import "+ModulePath)
	case module != nil && !slices.ContainsFunc(dirs, func(dir string) bool { return sameFile(dir, module.Dir) }):
		faults = append(faults, fmt.Sprintf("cells import from %s, not from here", strings.Join(dirs, ", ")))
	}
	return faults
}

// IsProgram reports whether path is a file that may be executed.
func IsProgram(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
