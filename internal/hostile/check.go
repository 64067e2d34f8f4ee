package hostile

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed caller.go.txt
var callerText string

var caller = template.Must(template.New("caller").Parse(callerText))

// Fault is a call that did not return as it should.
type Fault struct {
	Function string // "metrics.Measure", "data.Opener.Open"
	Variant  string // the arguments: "zero", "empty", "huge" or "negative"
	Text     string // the panic and its place, "blocked", or the end of an aborted process's output
}

func (f Fault) String() string { return fmt.Sprintf("%s(%s): %s", f.Function, f.Variant, f.Text) }

// isCallers reports whether a panic is no fault of the method: see the package's documentation.
func (f Fault) isCallers() bool {
	isMethod := strings.Count(f.Function, ".") == 2
	return isMethod && strings.Contains(f.Text, "panic")
}

// Check calls every exported function and method of the packages of a module, and returns the
// faults and the number of calls. The patterns are those of the go command. leaveOut, if not nil,
// reports the functions that are not called; a call that takes longer than limit counts as blocked.
func Check(ctx context.Context, module string, patterns []string, limit time.Duration, leaveOut func(function string) bool) (faults []Fault, calls int, err error) {
	functions, err := exported(ctx, module, patterns)
	if err != nil {
		return nil, 0, fmt.Errorf("hostile: listing the functions: %w", err)
	}
	if leaveOut != nil {
		functions = slices.DeleteFunc(functions, func(f function) bool { return leaveOut(f.String()) })
	}
	if len(functions) == 0 {
		return nil, 0, fmt.Errorf("hostile: %q have no exported functions", patterns)
	}
	work, err := os.MkdirTemp("", "hostile-")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(work)
	program, err := build(ctx, module, work, functions, limit)
	if err != nil {
		return nil, 0, err
	}
	for {
		ended, err := run(ctx, program, work, &calls, &faults)
		if err != nil || ended {
			return faults, calls, err
		}
	}
}

// build writes and compiles the program that makes the calls.
func build(ctx context.Context, module, work string, functions []function, limit time.Duration) (string, error) {
	type pkg struct{ Alias, Path string }
	type target struct{ Name, Receiver, Method, Function string }
	var data struct {
		Imports []pkg
		Targets []target
		Limit   int64 // in nanoseconds
		Module  string
	}
	data.Limit, data.Module = int64(limit), modulePath(functions[0].pkg)
	alias := map[string]string{}
	for _, f := range functions {
		if alias[f.pkg] == "" {
			alias[f.pkg] = "p" + strconv.Itoa(len(alias))
			data.Imports = append(data.Imports, pkg{alias[f.pkg], f.pkg})
		}
		t := target{Name: f.String()}
		if f.receiver != "" {
			t.Receiver, t.Method = alias[f.pkg]+"."+f.receiver, f.name
		} else {
			t.Function = alias[f.pkg] + "." + f.name + f.instance
		}
		data.Targets = append(data.Targets, t)
	}
	var text bytes.Buffer
	if err := caller.Execute(&text, data); err != nil {
		return "", err
	}
	source, program := filepath.Join(work, "main.go"), filepath.Join(work, "caller")
	if err := os.WriteFile(source, text.Bytes(), 0o644); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, source)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // without XLA it links in a tenth of the time
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("hostile: building the calls: %w\n%s", err, output)
	}
	return program, nil
}

// run makes the calls after the first *calls, until all are made or one ends the program.
func run(ctx context.Context, program, work string, calls *int, faults *[]Fault) (ended bool, err error) {
	dir := filepath.Join(work, strconv.Itoa(*calls))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return false, err
	}
	cmd := exec.CommandContext(ctx, program, strconv.Itoa(*calls))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1", "HF_HOME="+dir, "GOMLX_BACKEND=go")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return false, err
	}
	if err := cmd.Start(); err != nil {
		return false, err
	}
	var last Fault
	open := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		kind, text, _ := strings.Cut(lines.Text(), " ")
		switch kind {
		case "call":
			last.Function, last.Variant, _ = strings.Cut(text, " ")
			open = true
			*calls++
		case "done":
			open = false
		case "panic", "blocked":
			last.Text = strings.TrimSpace(lines.Text())
			if !last.isCallers() {
				*faults = append(*faults, last)
			}
			open = false
		}
	}
	err = cmd.Wait()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return false, err
	}
	if open { // the function ended the program
		last.Text = fmt.Sprintf("%v: %s", err, firstLine(stderr.String()))
		if !last.isCallers() {
			*faults = append(*faults, last)
		}
	}
	return err == nil && !open, nil
}

// modulePath returns the path of the module of a package below pkg or internal.
func modulePath(pkg string) string {
	path, _, _ := strings.Cut(pkg, "/pkg/")
	path, _, _ = strings.Cut(path, "/internal/")
	return path
}

// firstLine returns the first line that is not empty.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
