package run

import (
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/gonb"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// The tags that papermill and nbclient gave their meaning.
const (
	parametersTag = "parameters"
	injectedTag   = "injected-parameters"
	mayFailTag    = "raises-exception"
	skipTag       = "skip-execution" // for cells that prompt the user, for example
)

// namedTag is lorabook's tag: a notebook with such a cell runs only when it is named.
const namedTag = "run-when-named"

// Parameter is a variable that a notebook's cell tagged "parameters" declares.
type Parameter struct {
	Name    string
	Type    string // Go's name for its type: "string", "time.Duration"; empty if it cannot be known without running the cell
	Default string // the Go expression it is set to in the notebook; empty for the type's zero value
	Comment string // the comment after or above the declaration

	typ types.Type
}

// Parameters returns the notebook's parameters in the order of their declaration; none
// if no cell is tagged.
func Parameters(nb *nbformat.Notebook) ([]Parameter, error) {
	index, err := parametersCell(nb)
	if err != nil || index < 0 {
		return nil, err
	}
	parameters, err := declared(nb.Cells[index].Source)
	if err != nil {
		return nil, fmt.Errorf("cell %d, tagged %q: %w", index+1, parametersTag, err)
	}
	return parameters, nil
}

// parametersCell returns the index of the tagged cell, or -1.
func parametersCell(nb *nbformat.Notebook) (int, error) {
	index := -1
	for i, cell := range nb.Cells {
		if cell.Type != nbformat.Code || !cell.HasTag(parametersTag) {
			continue
		}
		if index >= 0 {
			return 0, fmt.Errorf("cells %d and %d are both tagged %q: only one can be", index+1, i+1, parametersTag)
		}
		index = i
	}
	return index, nil
}

// declared returns the variables that a cell declares.
func declared(source string) ([]Parameter, error) {
	fileset := token.NewFileSet()
	text := "package p;import \"time\";" + gonb.WithoutSpecials(source)
	file, err := parser.ParseFile(fileset, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		var list scanner.ErrorList
		if errors.As(err, &list) {
			err = fmt.Errorf("line %d: %s", list[0].Pos.Line, list[0].Msg)
		}
		return nil, fmt.Errorf("expected only Go declarations, such as var epochs = 2: %w", err)
	}
	// Expressions that need the imported packages get no type; the others do.
	config := types.Config{Importer: timeOnly{}, IgnoreFuncBodies: true, Error: func(error) {}}
	pkg, _ := config.Check("p", fileset, []*ast.File{file}, nil)

	var parameters []Parameter
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.VAR {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			for i, name := range value.Names {
				if name.Name == "_" {
					continue
				}
				p := Parameter{Name: name.Name, Comment: comment(group, value)}
				if len(value.Values) == len(value.Names) {
					expr := value.Values[i]
					p.Default = text[fileset.Position(expr.Pos()).Offset:fileset.Position(expr.End()).Offset]
				}
				if object := pkg.Scope().Lookup(name.Name); object != nil {
					p.typ = object.Type()
				}
				if settable(p.typ) {
					p.Type = types.TypeString(p.typ, (*types.Package).Name)
				}
				parameters = append(parameters, p)
			}
		}
	}
	return parameters, nil
}

func comment(group *ast.GenDecl, value *ast.ValueSpec) string {
	for _, comments := range []*ast.CommentGroup{value.Comment, value.Doc} {
		if comments != nil {
			return strings.TrimSpace(comments.Text())
		}
	}
	if !group.Lparen.IsValid() && group.Doc != nil {
		return strings.TrimSpace(group.Doc.Text())
	}
	return ""
}

// timeOnly imports a package time that contains only durations.
type timeOnly struct{}

var timePackage, durationType = func() (*types.Package, types.Type) {
	pkg := types.NewPackage("time", "time")
	name := types.NewTypeName(token.NoPos, pkg, "Duration", nil)
	duration := types.NewNamed(name, types.Typ[types.Int64], nil)
	pkg.Scope().Insert(name)
	for _, unit := range durationUnits {
		pkg.Scope().Insert(types.NewConst(token.NoPos, pkg, unit.name, duration, constant.MakeInt64(int64(unit.size))))
	}
	pkg.MarkComplete()
	return pkg, duration
}()

func (timeOnly) Import(path string) (*types.Package, error) {
	if path != "time" {
		return nil, fmt.Errorf("package %s is not looked at", path)
	}
	return timePackage, nil
}
