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

// abortSource is the file that is added to GoNB's package dispatcher. The function that it
// replaces gets the name renamedHandler.
//
//go:embed abort_queue.go.txt
var abortSource []byte

const (
	handler        = "handleBusyMessage"
	renamedHandler = "handleBusyMessageAlone"
	dispatcher     = "internal/dispatcher"
)

// Tag is the build tag of a GoNB with these corrections. It changes with them, so that a program
// shows whether it was built with the present ones.
func Tag() string {
	sum := sha256.Sum256(abortSource)
	return fmt.Sprintf("lorabook_%x", sum[:4])
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

// patch renames the function that handles a message and adds the file with its replacement.
func patch(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(dispatcher), "dispatcher.go")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	at := -1
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == handler {
			at = files.Position(f.Name.Pos()).Offset
		}
	}
	if at < 0 {
		return errors.New("dispatcher.go declares no function " + handler)
	}
	text = slices.Concat(text[:at], []byte(renamedHandler), text[at+len(handler):])
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(filepath.Dir(path), "lorabook_abort_queue.go"), abortSource, 0o644)
}
