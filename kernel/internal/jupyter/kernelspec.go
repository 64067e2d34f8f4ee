package jupyter

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// KernelSpec describes how to start a kernel: the kernel.json in a folder kernels/NAME of one
// of Jupyter's data folders.
type KernelSpec struct {
	Name string `json:"-"` // the folder's name, which notebooks refer to
	Dir  string `json:"-"` // the folder

	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"` // "signal" (also if empty) or "message"
	Env           map[string]string `json:"env"`
}

// NotFoundError reports that no kernelspec has the requested name.
type NotFoundError struct {
	Name     string
	Known    []string // the existing names
	Searched []string // the folders looked in
}

// Error implements error.
func (e *NotFoundError) Error() string {
	known := "no kernel is installed at all"
	if len(e.Known) > 0 {
		known = "there is " + strings.Join(e.Known, ", ")
	}
	return fmt.Sprintf("no kernel %q in %s: %s", e.Name, strings.Join(e.Searched, ", "), known)
}

// FindKernelSpec returns the kernelspec of that name from the first data folder that has
// one: the folders given, if they are not "", then those of [DataDirs]. Like Jupyter it
// does not mind upper and lower case. If there is none, the error is a [*NotFoundError].
func FindKernelSpec(name string, first ...string) (*KernelSpec, error) {
	missing := &NotFoundError{Name: name}
	for _, dir := range slices.Concat(first, DataDirs()) {
		kernels := filepath.Join(dir, "kernels")
		if dir == "" || slices.Contains(missing.Searched, kernels) {
			continue
		}
		missing.Searched = append(missing.Searched, kernels)
		entries, err := os.ReadDir(kernels)
		if err != nil {
			continue // most of the folders are not there
		}
		for _, entry := range entries {
			spec := filepath.Join(kernels, entry.Name())
			if _, err := os.Stat(filepath.Join(spec, "kernel.json")); err != nil {
				continue
			}
			if strings.EqualFold(entry.Name(), name) {
				return ReadKernelSpec(spec)
			}
			missing.Known = append(missing.Known, entry.Name())
		}
	}
	slices.Sort(missing.Known)
	missing.Known = slices.Compact(missing.Known)
	return nil, missing
}

// ReadKernelSpec reads the kernel.json in a folder and checks it.
func ReadKernelSpec(dir string) (*KernelSpec, error) {
	path := filepath.Join(dir, "kernel.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	spec := &KernelSpec{Name: filepath.Base(dir), Dir: dir}
	if err := json.Unmarshal(text, spec); err != nil {
		return nil, fmt.Errorf("%s: this is not a kernelspec: %w", path, err)
	}
	switch {
	case len(spec.Argv) == 0:
		return nil, fmt.Errorf(`%s: this is not a kernelspec: "argv", the command that starts the kernel, is missing`, path)
	case !slices.ContainsFunc(spec.Argv, func(arg string) bool { return strings.Contains(arg, "{connection_file}") }):
		return nil, fmt.Errorf(`%s: this is not a kernelspec: "argv" has no {connection_file}`, path)
	case !slices.Contains([]string{"", "signal", "message"}, spec.InterruptMode):
		return nil, fmt.Errorf(`%s: this is not a kernelspec: "interrupt_mode" is %q, expected "signal" or "message"`, path, spec.InterruptMode)
	}
	return spec, nil
}

// Command returns the command line that starts the kernel.
func (s *KernelSpec) Command(connectionFile string) []string {
	fill := strings.NewReplacer("{connection_file}", connectionFile, "{resource_dir}", s.Dir)
	args := make([]string, len(s.Argv))
	for i, arg := range s.Argv {
		args[i] = fill.Replace(arg)
	}
	return args
}

// Environ returns the kernel's environment: base ("NAME=value" each), extended by the
// kernelspec's variables. In these, ${NAME} and $NAME are replaced with values from base, and
// $$ with a dollar sign. A name that base lacks is kept unchanged.
func (s *KernelSpec) Environ(base []string) []string {
	values := make(map[string]string, len(base))
	for _, entry := range base {
		if name, value, ok := strings.Cut(entry, "="); ok {
			values[name] = value
		}
	}
	env := slices.Clone(base)
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		env = append(env, name+"="+expand(s.Env[name], values))
	}
	return env
}

// expand fills in a template by the rules of Python's string.Template.safe_substitute,
// which Jupyter uses.
func expand(template string, values map[string]string) string {
	var out strings.Builder
	for template != "" {
		before, rest, found := strings.Cut(template, "$")
		out.WriteString(before)
		if !found {
			break
		}
		name, written := variable(rest)
		value, known := values[name]
		switch {
		case strings.HasPrefix(rest, "$"):
			out.WriteByte('$')
			written = "$"
		case name != "" && known:
			out.WriteString(value)
		default:
			out.WriteString("$" + written)
		}
		template = rest[len(written):]
	}
	return out.String()
}

// variable returns the name at the start of the text after a dollar sign, without and with its
// braces.
func variable(text string) (name, written string) {
	braced := strings.HasPrefix(text, "{")
	body := strings.TrimPrefix(text, "{")
	end := strings.IndexFunc(body, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if end < 0 {
		end = len(body)
	}
	name = body[:end]
	switch {
	case name == "" || name[0] >= '0' && name[0] <= '9':
		return "", ""
	case !braced:
		return name, name
	case !strings.HasPrefix(body[end:], "}"):
		return "", ""
	}
	return name, "{" + name + "}"
}
