package doctor

import (
	"context"
	"fmt"
	"io"

	"github.com/lorabook/lorabook/kernel/internal/install"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// Options configures the checks and the output.
type Options struct {
	Dir  string // start of the search for the checkout; empty: the working folder
	JSON bool   // print JSON for programs, not lines for people
	// Notebooks are files to examine, too.
	Notebooks []string
	// Products, if not nil, measures the matrix products of the engine, and describes their speed.
	Products func(context.Context) (string, error)
}

// Run examines this machine and prints the findings to out. It returns a [*MissingError] if
// notebooks do not run here.
func Run(ctx context.Context, o Options, out io.Writer) error {
	report, err := Examine(ctx, o)
	if err != nil {
		return err
	}
	write := report.Print
	if o.JSON {
		write = report.PrintJSON
	}
	if err := write(out); err != nil {
		return fmt.Errorf("printing the report: %w", err)
	}
	return report.Err()
}

// Examine makes all checks. It fails only when the context ends.
func Examine(ctx context.Context, o Options) (*Report, error) {
	if o.Dir == "" {
		o.Dir = "."
	}
	m := &machine{ctx: ctx}
	module, err := install.FindModule(o.Dir)
	m.module(module, err)
	dir := o.Dir
	if module != nil {
		dir = module.Dir
	}
	chain, err := install.FindToolchain(ctx, dir)
	m.golang(module, chain, err)
	m.compiler(chain)
	m.packages(module, chain)
	spec, err := jupyter.FindKernelSpec(install.KernelName)
	m.kernelspec(module, spec, err)
	m.tools(module, chain, spec)
	m.simd(chain, spec)
	m.plugins(spec)
	m.processor()
	m.products(o.Products)
	m.caches()
	m.programs()
	m.temporary()
	m.space()
	m.memory()
	m.notebooks(o.Notebooks)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &m.report, nil
}

// installCommand is the remedy for most missing parts.
const installCommand = "go run ./kernel install"

// machine collects the findings of the checks.
type machine struct {
	ctx    context.Context
	report Report
}

func (m *machine) add(name string, status Status, remedy, detail string, args ...any) {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	m.report.Findings = append(m.report.Findings, Finding{Name: name, Status: status, Detail: detail, Remedy: remedy})
}

func (m *machine) ok(name, detail string, args ...any) { m.add(name, OK, "", detail, args...) }

func (m *machine) warn(name, remedy, detail string, args ...any) {
	m.add(name, Warn, remedy, detail, args...)
}

func (m *machine) missing(name, remedy, detail string, args ...any) {
	m.add(name, Missing, remedy, detail, args...)
}
