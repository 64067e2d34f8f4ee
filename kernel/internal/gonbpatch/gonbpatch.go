package gonbpatch

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// gonb is the module that is patched.
const gonb = "github.com/janpfeifer/gonb"

// correction is a file that is added to one of GoNB's packages, and the edit that makes the
// package use it.
type correction struct {
	source []byte // of the added file
	file   string // the edited file of the same package, its path in GoNB's source
	edit   func(files *token.FileSet, file *ast.File, text []byte) ([]byte, error)
}

//go:embed abort_queue.go.txt
var abortSource []byte

//go:embed interrupt_request.go.txt
var requestSource []byte

//go:embed interrupt_program.go.txt
var programSource []byte

// corrections are made in this order.
var corrections = []correction{
	{abortSource, "internal/dispatcher/dispatcher.go", rename("handleBusyMessage")},
	{requestSource, "internal/dispatcher/dispatcher.go", rename("handleShellMsg")},
	{programSource, "internal/jpyexec/jpyexec.go", wrapSubscription},
}

// Tag is the build tag of a GoNB with these corrections. It changes with them, so that a program
// shows whether it was built with the present ones.
func Tag() string {
	hash := sha256.New()
	for _, c := range corrections {
		hash.Write(c.source)
	}
	return fmt.Sprintf("lorabook_%x", hash.Sum(nil)[:4])
}

// BuildArgs copies the source of GoNB that the module in moduleDir requires to a folder in
// workDir, corrects it there, and returns the arguments of "go build" with which the module
// builds the corrected source. workDir must exist until the build has ended.
func BuildArgs(ctx context.Context, goCommand, moduleDir, workDir string) ([]string, error) {
	source, err := download(ctx, goCommand, moduleDir)
	if err != nil {
		return nil, err
	}
	target := filepath.Join(workDir, "gonb-source")
	if err := copySource(source, target); err != nil {
		return nil, err
	}
	if err := patch(target); err != nil {
		return nil, fmt.Errorf("GoNB's source in %s cannot be corrected: %w", source, err)
	}
	modfile := filepath.Join(workDir, "go.mod")
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(moduleDir, name))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(workDir, name), content, 0o644); err != nil {
			return nil, err
		}
	}
	if _, err := output(ctx, goCommand, moduleDir, "mod", "edit", "-replace="+gonb+"="+target, modfile); err != nil {
		return nil, err
	}
	return []string{"-modfile=" + modfile, "-tags=" + Tag()}, nil
}

// download returns the folder of GoNB's source in the module cache.
func download(ctx context.Context, goCommand, moduleDir string) (string, error) {
	out, err := output(ctx, goCommand, moduleDir, "mod", "download", "-json", gonb)
	if err != nil {
		return "", err
	}
	var module struct{ Dir, Error string }
	if err := json.Unmarshal(out, &module); err != nil {
		return "", fmt.Errorf("go mod download %s: %w", gonb, err)
	}
	if module.Dir == "" {
		return "", fmt.Errorf("go mod download %s: %s", gonb, module.Error)
	}
	return module.Dir, nil
}

func output(ctx context.Context, goCommand, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, goCommand, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return out, nil
}

// notCopied are the folders of GoNB's source that a build does not need.
var notCopied = []string{"docs", "examples", "binder"}

// copySource copies the files of a build.
func copySource(source, target string) error {
	return filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(source, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(notCopied, name) {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(target, name), 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(target, name), content, 0o644)
	})
}

// patch makes the corrections in GoNB's source.
func patch(dir string) error {
	for i, c := range corrections {
		path := filepath.Join(dir, filepath.FromSlash(c.file))
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		if text, err = c.edit(files, file, text); err != nil {
			return fmt.Errorf("%s: %w", c.file, err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
		added := filepath.Join(filepath.Dir(path), fmt.Sprintf("lorabook_%d.go", i))
		if err := os.WriteFile(added, c.source, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// rename returns the edit that appends "Alone" to the name of a function's declaration. The
// added file declares a function with the old name.
func rename(name string) func(*token.FileSet, *ast.File, []byte) ([]byte, error) {
	return func(files *token.FileSet, file *ast.File, text []byte) ([]byte, error) {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == name {
				return slices.Insert(text, files.Position(f.Name.End()).Offset, []byte("Alone")...), nil
			}
		}
		return nil, errors.New("it declares no function " + name)
	}
}

// wrapSubscription passes the function that handles the interrupt of a program through
// untilSecondInterrupt.
func wrapSubscription(files *token.FileSet, file *ast.File, text []byte) ([]byte, error) {
	var argument ast.Expr
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == 1 {
			if f, ok := call.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "SubscribeInterrupt" {
				argument = call.Args[0]
			}
		}
		return true
	})
	if argument == nil {
		return nil, errors.New("it does not call SubscribeInterrupt")
	}
	text = slices.Insert(text, files.Position(argument.End()).Offset, ')')
	return slices.Insert(text, files.Position(argument.Pos()).Offset, []byte("exec.untilSecondInterrupt(cmd, ")...), nil
}
