package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// job is one notebook to run.
type job struct {
	source, target string
	notebook       *nbformat.Notebook
	kernelName     string
	kernel         *jupyter.KernelSpec
	set            []string // the names of the parameters that were set
}

// DefaultNotebooks returns the notebooks of the folder notebooks, in order.
func DefaultNotebooks() ([]string, error) {
	paths, err := filepath.Glob("notebooks/*.ipynb")
	if err == nil && len(paths) == 0 {
		err = errors.New("notebooks/*.ipynb was not found: name the notebooks, or change to the folder that contains notebooks")
	}
	return paths, err
}

// SplitByDefault divides the notebooks into those that run by default and those that run only
// when named. The latter have a cell with the tag "run-when-named", or the metadata
// {"lorabook": {"run": "named"}}. The tag is read because tools that rewrite notebooks keep it:
// jupytext drops metadata of the notebook that it does not know, and keeps the tags of cells.
func SplitByDefault(notebooks []string) (run, named []string, err error) {
	for _, path := range notebooks {
		notebook, err := nbformat.Read(path)
		if err != nil {
			return nil, nil, err
		}
		ours, _ := notebook.Metadata["lorabook"].(map[string]any)
		tagged := slices.ContainsFunc(notebook.Cells, func(cell *nbformat.Cell) bool { return cell.HasTag(namedTag) })
		if ours["run"] == "named" || tagged {
			named = append(named, path)
		} else {
			run = append(run, path)
		}
	}
	return run, named, nil
}

// plan reads and checks all that a run needs, so that a mistake shows before the first
// cell has run, and before a kernel is installed for it.
func plan(ctx context.Context, options Options) ([]*job, error) {
	assignments, err := parseAssignments(options.Parameters)
	if err != nil {
		return nil, err
	}
	var jobs []*job
	var faults []error
	for _, source := range options.Notebooks {
		job, err := newJob(source, options)
		if err == nil && slices.ContainsFunc(jobs, job.clashes) {
			err = fmt.Errorf("%s: another notebook of this run would be saved as %s, too", source, job.target)
		}
		faults = append(faults, err)
		jobs = append(jobs, job)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	if err := assign(jobs, assignments); err != nil {
		return nil, err
	}
	if err := check(jobs, sourceDir); err != nil {
		return nil, err
	}
	return jobs, findKernels(ctx, jobs, options.Ensure)
}

// findKernels finds the kernelspec of each job, once ensure has had its turn.
func findKernels(ctx context.Context, jobs []*job, ensure func(context.Context, string) (string, error)) error {
	ensured := make(map[string]string)
	var faults []error
	for _, j := range jobs {
		dir, done := ensured[j.kernelName]
		if !done && ensure != nil {
			var err error
			if dir, err = ensure(ctx, j.kernelName); err != nil {
				return err
			}
		}
		ensured[j.kernelName] = dir
		var err error
		if j.kernel, err = jupyter.FindKernelSpec(j.kernelName, dir); err != nil {
			if errors.As(err, new(*jupyter.NotFoundError)) {
				err = fmt.Errorf("%w; install GoNB with `go run ./kernel install`, or name another kernel with --kernel", err)
			}
			faults = append(faults, fmt.Errorf("%s: %w", j.source, err))
		}
	}
	return errors.Join(faults...)
}

func newJob(source string, options Options) (*job, error) {
	j := &job{source: source, target: source}
	notebook, err := nbformat.Read(source)
	if err != nil {
		return j, err
	}
	j.notebook = notebook
	if !options.InPlace {
		j.target = filepath.Join(options.Out, filepath.Base(source))
		if same(source, j.target) {
			return j, fmt.Errorf("%s: the result would overwrite the notebook: choose another folder, or set --in-place", source)
		}
	}
	j.kernelName = options.Kernel
	if j.kernelName == "" {
		j.kernelName = notebook.KernelName()
	}
	if j.kernelName == "" {
		return j, fmt.Errorf("%s: the notebook's metadata names no kernel: name one with --kernel", source)
	}
	return j, nil
}

func (j *job) clashes(other *job) bool {
	return other.target == j.target
}

func same(a, b string) bool {
	one, err1 := os.Stat(a)
	two, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, two)
}

// assign injects the parameters. Each must be one of at least one notebook.
func assign(jobs []*job, assignments []assignment) error {
	if len(assignments) == 0 {
		return nil
	}
	var names []string
	unknown := slices.Clone(assignments)
	for _, j := range jobs {
		parameters, err := Parameters(j.notebook)
		if err == nil {
			j.set, err = inject(j.notebook, parameters, assignments)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", j.source, err)
		}
		for _, parameter := range parameters {
			if !slices.Contains(names, parameter.Name) {
				names = append(names, parameter.Name)
			}
		}
		unknown = slices.DeleteFunc(unknown, func(a assignment) bool { return slices.Contains(j.set, a.name) })
	}
	if len(unknown) > 0 {
		return &UnknownParameterError{Name: unknown[0].name, Known: names}
	}
	return nil
}

// List describes notebooks and their parameters, for people.
func List(notebooks []string) (string, error) {
	var text strings.Builder
	for _, path := range notebooks {
		notebook, err := nbformat.Read(path)
		if err != nil {
			return "", err
		}
		parameters, err := Parameters(notebook)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		fmt.Fprintf(&text, "%s  %s\n", path, title(notebook))
		group := ""
		for _, parameter := range parameters {
			if parameter.Group != group {
				group = parameter.Group
				fmt.Fprintf(&text, "  %s:\n", cmp.Or(group, "others"))
			}
			line := "    " + parameter.String()
			if comment, _, _ := strings.Cut(parameter.Comment, "\n"); comment != "" {
				line += "  // " + comment
			}
			fmt.Fprintln(&text, line)
		}
	}
	return text.String(), nil
}

// title returns the notebook's first heading.
func title(notebook *nbformat.Notebook) string {
	for _, cell := range notebook.Cells {
		if cell.Type != nbformat.Markdown {
			continue
		}
		for line := range strings.Lines(cell.Source) {
			if text, ok := strings.CutPrefix(line, "#"); ok {
				return strings.TrimSpace(strings.TrimLeft(text, "#"))
			}
		}
	}
	return ""
}
