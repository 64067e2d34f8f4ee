package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/gonb"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Options configures a run.
type Options struct {
	// Notebooks are the files in the order of the run. Each has its own kernel, which works in
	// the file's folder.
	Notebooks []string
	// Parameters are texts "name=value" for the notebooks that declare name. One that
	// no notebook declares is an error.
	Parameters []string
	// Timeout limits each cell; 0: no limit. A cell that exceeds it is interrupted, and
	// its kernel killed if that does not help.
	Timeout time.Duration
	// Out is the folder for the results, made if need be; default: "out".
	Out string
	// InPlace overwrites each notebook with its result; Out is then ignored.
	InPlace bool
	// Kernel is the kernelspec's name; default: the one that each notebook names.
	Kernel string
	// Ensure, if set, is called with the name of each kernel of the notebooks, after all other
	// checks and before the search for the kernel. It installs missing parts and returns
	// Jupyter's data folder to search first, or "".
	Ensure func(ctx context.Context, kernel string) (dataDir string, err error)
	// Progress receives progress reports for users; default: none.
	Progress io.Writer

	kernel jupyter.Options // time limits that tests shorten
}

func (o Options) withDefaults() (Options, error) {
	if o.Timeout < 0 {
		return o, fmt.Errorf("the timeout %v is negative: 0 means no limit", o.Timeout)
	}
	if o.Out == "" {
		o.Out = "out"
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o, nil
}

// Run runs the notebooks and saves each after every cell, so that finished cells are always
// kept. The first failed cell ends the run with a [*CellError]. The end of ctx interrupts the
// running cell and ends the run in the same way. If a notebook cannot be read, a kernel is
// missing or a parameter is wrong, no notebook runs.
func Run(ctx context.Context, options Options) error {
	options, err := options.withDefaults()
	if err != nil {
		return err
	}
	jobs, err := plan(ctx, options)
	if err != nil {
		return err
	}
	if !options.InPlace {
		if err := os.MkdirAll(options.Out, 0o755); err != nil {
			return err
		}
	}
	r := &runner{timeout: options.Timeout, kernel: options.kernel, progress: newProgress(options.Progress)}
	for _, j := range jobs {
		if err := r.run(ctx, j); err != nil {
			return err
		}
	}
	return nil
}

type runner struct {
	timeout  time.Duration
	kernel   jupyter.Options
	progress *progress
}

// run runs one notebook and saves it.
func (r *runner) run(ctx context.Context, j *job) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	r.progress.say("%s → %s (%s)", j.source, j.target, strings.Join(append([]string{j.kernel.Name}, j.set...), ", "))
	for _, change := range j.notebook.Corrections {
		r.progress.say("  warning: %s: corrected: %s", j.source, change)
	}
	if j.kernel.Language == "go" {
		for _, warning := range gonb.Lint(j.notebook) {
			r.progress.say("  warning: %s: %v", j.source, warning)
		}
	}
	started := time.Now()
	r.kernel.Dir = filepath.Dir(j.source)
	kernel, err := jupyter.Start(ctx, j.kernel, r.kernel)
	if err != nil {
		var text strings.Builder
		section(&text, "the kernel's log", kernelLog(err))
		return fmt.Errorf("%s: %w\n%s", j.source, err, text.String())
	}
	describe(j.notebook, j.kernel, kernel.Info())
	j.notebook.RecordRun(nbformat.RunRecord{Time: started.UTC().Truncate(time.Second), Machine: machine()})
	collector := newCollector()
	failure := r.cells(ctx, j, kernel, collector)
	complete := kernel.Close(collector.handle)
	collector.finish()
	if !complete {
		r.progress.say("  warning: %s: the kernel was still sending output when it was ended; some of it is lost", j.source)
	}
	saved := j.notebook.Write(j.target)
	r.progress.say("  %s in %s, saved as %s", outcome(failure), seconds(time.Since(started)), j.target)
	return errors.Join(failure, saved, collector.err)
}

// machine describes the processor that the kernel runs on.
func machine() string {
	e := runfolder.CurrentEnvironment("")
	name := e.Platform
	if e.CPU != "" {
		name = e.CPU + ", " + name
	}
	if e.Cores == 1 {
		return name + ", 1 core"
	}
	return fmt.Sprintf("%s, %d cores", name, e.Cores)
}

func outcome(failure error) string {
	if failure != nil {
		return "failed"
	}
	return "done"
}

// describe notes in the notebook which language and kernel it ran on, as Jupyter does.
func describe(notebook *nbformat.Notebook, spec *jupyter.KernelSpec, info jupyter.Info) {
	if notebook.Metadata == nil {
		notebook.Metadata = make(map[string]any)
	}
	if len(info.LanguageInfo) > 0 {
		language := maps.Clone(info.LanguageInfo)
		// GoNB leaves the lexer empty, and nbconvert would colour Go as Python.
		if language["name"] == "go" && language["pygments_lexer"] == "" {
			language["pygments_lexer"] = "go"
		}
		notebook.Metadata["language_info"] = language
	}
	if notebook.KernelName() == "" {
		notebook.Metadata["kernelspec"] = map[string]any{"name": spec.Name, "display_name": spec.DisplayName, "language": spec.Language}
	}
}

// cells runs the code cells until one fails.
func (r *runner) cells(ctx context.Context, j *job, kernel *jupyter.Kernel, collector *collector) error {
	var code []int
	for i, cell := range j.notebook.Cells {
		if cell.Type != nbformat.Code {
			continue
		}
		if cell.HasTag(skipTag) {
			continue // with its outputs, as by nbclient
		}
		cell.Outputs, cell.ExecutionCount = nil, nil // outputs of an earlier run would look like this run's
		if strings.TrimSpace(cell.Source) != "" {
			code = append(code, i)
		}
	}
	for number, index := range code {
		cell := j.notebook.Cells[index]
		r.progress.begin(number+1, len(code), cell.Source)
		reply, cause := r.cell(ctx, cell, kernel, collector)
		collector.finish()
		switch {
		case cause == nil:
			r.progress.end("")
		case mayFail(cell, cause):
			cause = nil
			r.progress.end("failed, as it may")
		default:
			r.progress.end("FAILED")
		}
		if lost := collector.lost[cell]; lost > 0 {
			r.progress.say("  warning: %s: cell %d: %s", j.source, index+1, lostCharacters(lost))
		}
		if reply != nil && reply.Incomplete {
			r.progress.say("  warning: %s: cell %d: %s", j.source, index+1, incompleteOutput)
		}
		if err := j.notebook.Write(j.target); err != nil {
			return err
		}
		if cause != nil {
			return newCellError(j.source, index, cell, cause)
		}
	}
	return nil
}

// incompleteOutput is the warning for an Incomplete [jupyter.Reply], in the cell's output and
// on the terminal.
const incompleteOutput = "the kernel did not report the end of this cell's output; some of it may be missing"

// cell runs one cell and returns the kernel's reply, if there was one, and why the cell
// failed.
func (r *runner) cell(ctx context.Context, cell *nbformat.Cell, kernel *jupyter.Kernel, collector *collector) (*jupyter.Reply, error) {
	if r.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.timeout, &TimeoutError{Limit: r.timeout})
		defer cancel()
	}
	specials := gonb.Specials(cell.Source)
	var failed *CommandError
	collector.streamed = func(of *nbformat.Cell, name, text string) {
		if of != cell {
			return
		}
		r.progress.streamed(text)
		if name == "stderr" && failed == nil {
			failed = commandError(specials, text)
		}
	}
	reply, err := kernel.Execute(ctx, cell.Source, func(id string) { collector.cells[id] = cell }, collector.handle)
	if reply != nil && cell.ExecutionCount == nil && reply.ExecutionCount > 0 {
		cell.ExecutionCount = &reply.ExecutionCount
	}
	if reply != nil && reply.Incomplete {
		collector.stream(cell, "stderr", "lorabook: "+incompleteOutput+"\n")
	}
	switch {
	case err != nil:
		noteInOutputs(cell, err)
		return reply, err
	case reply.Status != "ok":
		return reply, &RaisedError{Name: reply.EName, Value: reply.EValue, Traceback: reply.Traceback}
	case failed != nil:
		return reply, failed
	}
	return reply, nil
}

// mayFail reports whether the failure is one that the cell's author announced. After the
// kernel's end or a timeout, the run stops.
func mayFail(cell *nbformat.Cell, cause error) bool {
	var interrupted *jupyter.InterruptError
	if errors.As(cause, &interrupted) && interrupted.Killed {
		return false
	}
	return cell.HasTag(mayFailTag) && (errors.As(cause, new(*RaisedError)) || errors.As(cause, new(*CommandError)) ||
		errors.As(cause, new(*jupyter.InputError)) || errors.As(cause, new(*jupyter.OutputHeldError)))
}
