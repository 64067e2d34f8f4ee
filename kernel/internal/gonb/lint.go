package gonb

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// Warning describes code in a cell that behaves differently in GoNB than in a Go package.
type Warning struct {
	Cell int // from 1, in the notebook
	Line int // from 1, in the cell
	Text string
}

func (w Warning) String() string { return fmt.Sprintf("cell %d, line %d: %s", w.Cell, w.Line, w.Text) }

// Lint examines the Go cells of a notebook in the order in which they run. Cells that cannot be
// parsed are left to the compiler.
func Lint(notebook *nbformat.Notebook) []Warning {
	l := &linter{types: make(map[string]bool)}
	for i, cell := range notebook.Cells {
		if cell.Type != nbformat.Code || cellCommand(cell.Source) != "" {
			continue
		}
		l.cell = i + 1
		l.source(readSource(cell.Source))
	}
	slices.SortStableFunc(l.warnings, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Cell, b.Cell), cmp.Compare(a.Line, b.Line))
	})
	return l.warnings
}

// linter holds the declarations of the previous cells.
type linter struct {
	warnings []Warning
	cell     int
	files    *token.FileSet
	types    map[string]bool // the names of types
	consts   *constBlock     // the last const block with the first name _
	blank    *ast.ImportSpec // the last import as _
	blankIn  place
	flagged  bool
}

// place is a position in a notebook.
type place struct{ cell, line int }

func (p place) String() string { return fmt.Sprintf("cell %d, line %d", p.cell, p.line) }

// constBlock is a const block with the first name _.
type constBlock struct {
	place
	names []string // the others
}

func (l *linter) warn(line int, format string, args ...any) {
	l.warnings = append(l.warnings, Warning{Cell: l.cell, Line: line, Text: fmt.Sprintf(format, args...)})
}

func (l *linter) line(pos token.Pos) int       { return l.files.Position(pos).Line - 1 }
func (l *linter) position(pos token.Pos) place { return place{l.cell, l.line(pos)} }

func (l *linter) source(s *source) {
	for _, line := range s.swallows {
		what := "runs this line as a command"
		if strings.HasPrefix(line.text, "package") {
			what = "removes this line"
		}
		l.warn(line.line, "GoNB %s and removes it from the %s that contains it: start the line with a space or another character", what, line.in)
	}
	if len(s.mains) > 1 {
		l.warn(s.mains[1], "GoNB accepts one %%%% per cell, and its kernel stops at the second: move the lines after it to another cell")
	}
	l.files = token.NewFileSet()
	file, err := parser.ParseFile(l.files, "", "package p\n"+strings.Join(s.lines, "\n"), parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return
	}
	for _, decl := range file.Decls {
		if group, ok := decl.(*ast.GenDecl); ok && group.Tok == token.TYPE {
			for _, spec := range group.Specs {
				l.types[spec.(*ast.TypeSpec).Name.Name] = true
			}
		}
	}
	var calls []set
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				l.flag(decl.Name, "function")
			}
		case *ast.GenDecl:
			calls = append(calls, l.group(decl)...)
		}
	}
	l.order(calls)
}

// group examines a declaration and returns the variables that calls set.
func (l *linter) group(group *ast.GenDecl) (calls []set) {
	if group.Tok == token.CONST {
		l.consts = l.constants(group)
	}
	for _, spec := range group.Specs {
		switch spec := spec.(type) {
		case *ast.ImportSpec:
			l.imports(spec)
		case *ast.TypeSpec:
			l.flag(spec.Name, "type")
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				l.flag(name, group.Tok.String())
			}
			if group.Tok == token.VAR {
				l.blankVariable(spec)
				l.embed(group, spec)
				if name := spec.Names[0]; name.Name != "_" && slices.ContainsFunc(spec.Values, l.calls) {
					calls = append(calls, set{name, spec.Values})
				}
			}
		}
	}
	return calls
}

// flag warns of a global named flag: GoNB's main calls flag.Parse.
func (l *linter) flag(name *ast.Ident, kind string) {
	if name.Name == "flag" && !l.flagged {
		l.flagged = true
		l.warn(l.line(name.Pos()), "a global %s named flag breaks this cell and all later cells without a main function, since GoNB's main calls flag.Parse(): choose another name", kind)
	}
}

// constants examines a const block. GoNB stores constants by name: a constant _ replaces the
// previous one, and with it the block that starts with it.
func (l *linter) constants(group *ast.GenDecl) *constBlock {
	block := constBlock{place: l.position(group.Pos())}
	first, blank := "", false
	for _, spec := range group.Specs {
		for _, name := range spec.(*ast.ValueSpec).Names {
			if first == "" {
				first = name.Name
			}
			if blank = blank || name.Name == "_"; name.Name != "_" {
				block.names = append(block.names, name.Name)
			}
		}
	}
	if !blank {
		return l.consts
	}
	if last := l.consts; last != nil && len(last.names) > 0 && !slices.Equal(last.names, block.names) {
		l.warn(block.line, "GoNB keeps one constant named _, and this one replaces that of %v with its whole block: %s will be undefined: give the first constant there a name",
			last.place, strings.Join(last.names, ", "))
	}
	if first != "_" {
		return nil
	}
	return &block
}

// imports examines an import. GoNB keeps imports by name, _ among them.
func (l *linter) imports(spec *ast.ImportSpec) {
	target, _ := strconv.Unquote(spec.Path.Value)
	name := path.Base(target)
	if spec.Name != nil {
		name = spec.Name.Name
	}
	switch {
	case name == "_":
		if last := l.blank; last != nil && last.Path.Value != spec.Path.Value {
			l.warn(l.line(spec.Pos()), "GoNB keeps one import named _, and this one replaces that of %s in %v: import the package by its name and use it, as in var keep = name.Something",
				last.Path.Value, l.blankIn)
		}
		l.blank, l.blankIn = spec, l.position(spec.Pos())
	case name == ".":
		l.warn(l.line(spec.Pos()), "GoNB imports it in each later cell too, and cells that do not use it do not compile: import the package by its name")
	case name == "flag" && target != "flag" && !l.flagged:
		l.flagged = true
		l.warn(l.line(spec.Pos()), "a package imported as flag breaks each cell without a main function, since GoNB's main calls flag.Parse(): import it under another name")
	}
}

// blankVariable warns of var _ = f(): GoNB keeps it under two random names.
func (l *linter) blankVariable(spec *ast.ValueSpec) {
	for _, name := range spec.Names {
		if name.Name != "_" {
			return
		}
	}
	if slices.ContainsFunc(spec.Values, l.calls) {
		l.warn(l.line(spec.Pos()), "GoNB evaluates this twice, and again in each later cell: call it in main (below %%%%) or in func init_name()")
	}
}

// embed warns of go:embed: GoNB does not keep the comments of variables.
func (l *linter) embed(group *ast.GenDecl, spec *ast.ValueSpec) {
	for _, comments := range []*ast.CommentGroup{group.Doc, spec.Doc} {
		if comments == nil {
			continue
		}
		for _, comment := range comments.List {
			if strings.HasPrefix(comment.Text, "//go:embed ") {
				l.warn(l.line(comment.Pos()), "GoNB drops this comment, and %s stays empty: read the file with os.ReadFile", spec.Names[0].Name)
			}
		}
	}
}

// set is a variable, or the first of several, that calls set.
type set struct {
	name   *ast.Ident
	values []ast.Expr
}

// uses reports whether the values depend on a name, so that Go sets that first anyway.
func (s set) uses(name string) bool {
	found := false
	for _, value := range s.values {
		ast.Inspect(value, func(node ast.Node) bool {
			ident, ok := node.(*ast.Ident)
			found = found || ok && ident.Name == name
			return !found
		})
	}
	return found
}

// order warns of a cell's variables that GoNB initializes in another order.
func (l *linter) order(calls []set) {
	for i := 1; i < len(calls); i++ {
		last, name := calls[i-1].name, calls[i].name
		if name.Name < last.Name && !calls[i].uses(last.Name) {
			l.warn(l.line(name.Pos()), "GoNB initializes variables in alphabetical order, so %s before %s, which is declared first: if the order of the calls matters, move them to main (below %%%%)", name.Name, last.Name)
		}
	}
}
