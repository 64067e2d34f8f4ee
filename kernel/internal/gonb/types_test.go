package gonb

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// TestNotebooksCompile type-checks every code cell of the notebooks against the packages of
// this module, together with the declarations of the cells above it. A renamed identifier
// that a notebook uses fails here in seconds: neither GoNB nor a linker runs.
func TestNotebooksCompile(t *testing.T) {
	paths, err := filepath.Glob("../../../notebooks/*.ipynb")
	if err != nil || len(paths) < 5 {
		t.Fatal(paths, err)
	}
	notebooks := make(map[string]*typeChecker)
	imports := make(map[string]bool)
	for _, path := range paths {
		c := newTypeChecker(t, path)
		for imported := range c.imports {
			imports[imported] = true
		}
		notebooks[filepath.Base(path)] = c
	}
	packages := exportData(t, imports)
	for name, c := range notebooks {
		t.Run(name, func(t *testing.T) {
			for _, problem := range c.check(packages) {
				t.Error(problem)
			}
		})
	}
}

// TestNotebooksAreShort bounds the code of all notebooks together: a cell sets, calls and
// shows, and the logic lies in packages. Parameter cells have one parameter on each line and
// are counted apart.
func TestNotebooksAreShort(t *testing.T) {
	paths, err := filepath.Glob("../../../notebooks/*.ipynb")
	if err != nil || len(paths) < 5 {
		t.Fatal(paths, err)
	}
	most := 40 * len(paths)
	lines, parameters := 0, 0
	for _, path := range paths {
		nb, err := nbformat.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range nb.Cells {
			if cell.Type != nbformat.Code {
				continue
			}
			for line := range strings.Lines(cell.Source) {
				switch {
				case strings.TrimSpace(line) == "":
				case cell.HasTag("parameters"):
					parameters++
				default:
					lines++
				}
			}
		}
	}
	t.Logf("%d lines of code, and %d in parameter cells", lines, parameters)
	if lines >= most {
		t.Errorf("the notebooks hold %d lines of code, expected less than %d", lines, most)
	}
}

// TestTypeChecker shows that TestNotebooksCompile finds the errors that it exists for.
func TestTypeChecker(t *testing.T) {
	for name, test := range map[string]struct {
		cells []string
		want  []string // each problem contains its element
	}{
		"correct":            {[]string{"import \"fmt\"", "const n = 1\n%%\nfmt.Println(n)", "%%\nfmt.Println(n)"}, nil},
		"unknown name":       {[]string{"import \"fmt\"", "%%\n\nfmt.Printn(1)"}, []string{"cell 2, line 3: undefined: fmt.Printn"}},
		"wrong type":         {[]string{"import \"os\"\n\nvar s string = os.Args"}, []string{"cell 1, line 3: cannot use os.Args"}},
		"declared below":     {[]string{"%%\nprintln(n)", "const n = 1"}, []string{"cell 1, line 2: undefined: n"}},
		"unused variable":    {[]string{"%%\nn := 1"}, []string{"cell 1, line 2: declared and not used: n"}},
		"unused import":      {[]string{"import (\n\t\"fmt\"\n\t\"os\"\n)\n%%\nfmt.Println()"}, []string{`"os" is imported, and no cell uses it`}},
		"unknown package":    {[]string{"import \"fmt/nothing\"\n%%\nnothing.Do()"}, []string{"fmt/nothing"}},
		"error in one place": {[]string{"func f() { g() }", "%%\nf()"}, []string{"cell 1, line 1: undefined: g"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "test.ipynb")
			if err := notebook(test.cells...).Write(path); err != nil {
				t.Fatal(err)
			}
			c := newTypeChecker(t, path)
			problems := c.check(exportData(t, map[string]bool{`"fmt"`: true, `"os"`: true}))
			if len(problems) != len(test.want) {
				t.Fatalf("problems %q, expected %q", problems, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(problems[i], want) {
					t.Errorf("problem %q, expected %q", problems[i], want)
				}
			}
		})
	}
}

// typeChecker holds the code cells of a notebook as Go files.
type typeChecker struct {
	set      *token.FileSet
	files    []*ast.File
	imports  map[string]bool // quoted paths, of all cells
	problems []string        // syntax errors
}

// newTypeChecker parses the code cells of a notebook.
func newTypeChecker(t *testing.T, path string) *typeChecker {
	t.Helper()
	nb, err := nbformat.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	c := &typeChecker{set: token.NewFileSet(), imports: make(map[string]bool)}
	above := make(map[string]string) // imports of the cells above, by their text
	for i, cell := range nb.Cells {
		if cell.Type != nbformat.Code || cellCommand(cell.Source) != "" {
			continue
		}
		code := strings.Join(readSource(cell.Source).lines, "\n")
		name := fmt.Sprintf("cell %d", i+1)
		own, err := parser.ParseFile(c.set, name, "package main; "+code, parser.ImportsOnly)
		if err != nil {
			c.problems = append(c.problems, syntaxError(err))
			continue
		}
		head := ""
		for text := range above {
			if !slices.ContainsFunc(own.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == above[text] }) {
				head += "import " + text + "; "
			}
		}
		for _, spec := range own.Imports {
			text := spec.Path.Value
			if spec.Name != nil {
				text = spec.Name.Name + " " + text
			}
			above[text] = spec.Path.Value
			c.imports[spec.Path.Value] = true
		}
		file, err := parser.ParseFile(c.set, name, "package main; "+head+code, parser.SkipObjectResolution)
		if err != nil {
			c.problems = append(c.problems, syntaxError(err))
			continue
		}
		c.files = append(c.files, file)
	}
	return c
}

func syntaxError(err error) string { return strings.Replace(err.Error(), ":", ", line ", 1) }

// check returns the problems of each cell and the imports that no cell uses.
func (c *typeChecker) check(packages types.Importer) []string {
	problems := slices.Clone(c.problems)
	used := make(map[string]bool)
	for i, file := range c.files {
		config := types.Config{Importer: packages, Error: func(err error) {
			e := err.(types.Error)
			place := e.Fset.Position(e.Pos)
			unusedImport := e.Soft && strings.Contains(e.Msg, "imported") // GoNB removes these
			if place.Filename == c.set.Position(file.Package).Filename && !unusedImport {
				problems = append(problems, fmt.Sprintf("%s, line %d: %s", place.Filename, place.Line, e.Msg))
			}
		}}
		info := &types.Info{Uses: make(map[*ast.Ident]types.Object)}
		_, _ = config.Check("main", c.set, c.files[:i+1], info) // Error has seen the errors
		for _, object := range info.Uses {
			if name, ok := object.(*types.PkgName); ok {
				used[strconv.Quote(name.Imported().Path())] = true
			}
		}
		// A later cell has a main function of its own.
		file.Decls = slices.DeleteFunc(file.Decls, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && f.Recv == nil && f.Name.Name == "main"
		})
	}
	for path := range c.imports {
		if !used[path] && len(problems) == 0 {
			problems = append(problems, path+" is imported, and no cell uses it")
		}
	}
	return problems
}

// exportData compiles the packages of the quoted paths, as far as they are out of date, and
// returns an importer that reads the types of their exported identifiers.
func exportData(t *testing.T, imports map[string]bool) types.Importer {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}
	for quoted := range imports {
		path, err := strconv.Unquote(quoted)
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	cmd := exec.Command("go", args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	list, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	files := make(map[string]string)
	for line := range strings.Lines(string(list)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[path] = file
	}
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		if files[path] == "" {
			return nil, fmt.Errorf("no package %s", path)
		}
		return os.Open(files[path])
	})
}
