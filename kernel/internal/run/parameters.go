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
	"slices"
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
	Group   string // the other tag of its cell, such as "advanced"; empty if there is none

	typ      types.Type
	constant constant.Value // that of Default; nil if it is not constant
}

// Parameters returns the notebook's parameters in the order of their declaration; none
// if no cell is tagged.
func Parameters(nb *nbformat.Notebook) ([]Parameter, error) {
	var parameters []Parameter
	for _, index := range parametersCells(nb) {
		cell := nb.Cells[index]
		more, err := declared(cell.Source)
		for i := range more {
			more[i].Group = group(cell)
			if known(parameters, more[i].Name) {
				err = fmt.Errorf("the parameter %s is declared in an earlier cell too: declare it once", more[i].Name)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("cell %d, tagged %q: %w", index+1, parametersTag, err)
		}
		parameters = append(parameters, more...)
	}
	return parameters, nil
}

// parametersCells returns the indices of the tagged cells.
func parametersCells(nb *nbformat.Notebook) (indices []int) {
	for i, cell := range nb.Cells {
		if cell.Type == nbformat.Code && cell.HasTag(parametersTag) {
			indices = append(indices, i)
		}
	}
	return indices
}

// group returns the first tag of a cell of parameters beside [parametersTag], or "".
func group(cell *nbformat.Cell) string {
	tags, _ := cell.Metadata["tags"].([]any)
	for _, tag := range tags {
		if name, ok := tag.(string); ok && name != parametersTag {
			return name
		}
	}
	return ""
}

func known(parameters []Parameter, name string) bool {
	return slices.ContainsFunc(parameters, func(p Parameter) bool { return p.Name == name })
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
	info := &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	pkg, _ := config.Check("p", fileset, []*ast.File{file}, info)

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
				p := Parameter{Name: name.Name, Comment: ownComment(comment(group, value), name.Name, value.Names)}
				if len(value.Values) == len(value.Names) {
					expr := value.Values[i]
					p.Default = text[fileset.Position(expr.Pos()).Offset:fileset.Position(expr.End()).Offset]
					p.constant = info.Types[expr].Value
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

// ownComment returns the part of the comment of several variables that belongs to one of them:
// "train: examples; 0: all; seed: of all" has a part for train and one for seed. A comment
// without such parts belongs to all.
func ownComment(text, name string, all []*ast.Ident) string {
	if len(all) == 1 {
		return text
	}
	own, at := "", ""
	for part := range strings.SplitSeq(text, "; ") {
		if start, rest, ok := strings.Cut(part, ": "); ok && slices.ContainsFunc(all, func(n *ast.Ident) bool { return n.Name == start }) {
			at, part = start, rest
		} else if at == "" {
			return text // it does not begin with a name
		}
		switch {
		case at != name:
		case own == "":
			own = part
		default:
			own += "; " + part
		}
	}
	return own
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
