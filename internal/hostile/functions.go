package hostile

import (
	"cmp"
	"context"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// function is an exported function, or a method of an exported type.
type function struct {
	pkg      string // import path
	receiver string // type of a method; its value is zero
	name     string
	instance string // the type arguments of a generic function, as Go writes them: "[string, int]"
}

func (f function) String() string {
	short := f.pkg[strings.LastIndex(f.pkg, "/")+1:]
	if f.receiver != "" {
		return short + "." + f.receiver + "." + f.name
	}
	return short + "." + f.name
}

// exported lists the exported functions and methods of packages, sorted.
func exported(ctx context.Context, dir string, patterns []string) ([]function, error) {
	loaded, err := packages.Load(&packages.Config{Context: ctx, Dir: dir,
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile}, patterns...)
	if err != nil {
		return nil, err
	}
	var list []function
	for _, pkg := range loaded {
		for _, err := range pkg.Errors {
			return nil, fmt.Errorf("%s: %w", pkg.PkgPath, err)
		}
		if pkg.Name == "main" || strings.Contains(pkg.PkgPath, "/internal/") {
			continue
		}
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			object := scope.Lookup(name)
			if !object.Exported() {
				continue
			}
			switch object := object.(type) {
			case *types.Func:
				if instance, ok := instantiation(object.Signature()); ok && callable(object.Signature()) {
					list = append(list, function{pkg.PkgPath, "", name, instance})
				}
			case *types.TypeName:
				list = append(list, methods(pkg.PkgPath, object)...)
			}
		}
	}
	slices.SortFunc(list, func(a, b function) int {
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.receiver, b.receiver), cmp.Compare(a.name, b.name))
	})
	return list, nil
}

// methods lists the exported methods of a type that is no interface.
func methods(pkg string, name *types.TypeName) (list []function) {
	named, ok := name.Type().(*types.Named)
	if !ok || name.IsAlias() || named.TypeParams().Len() > 0 || types.IsInterface(named) {
		return nil
	}
	for method := range named.Methods() {
		if method.Exported() && callable(method.Signature()) {
			list = append(list, function{pkg, name.Name(), method.Name(), ""})
		}
	}
	return list
}

// instantiation returns the type arguments with which a generic function is called: for each
// parameter the first basic type that its constraint allows. ok is false if there is none.
func instantiation(signature *types.Signature) (text string, ok bool) {
	var arguments []string
	for parameter := range signature.TypeParams().TypeParams() {
		allowed := ""
		for _, kind := range []types.BasicKind{types.String, types.Int, types.Float64} {
			if basic := types.Typ[kind]; types.Satisfies(basic, parameter.Underlying().(*types.Interface)) {
				allowed = basic.Name()
				break
			}
		}
		if allowed == "" {
			return "", false
		}
		arguments = append(arguments, allowed)
	}
	if arguments == nil {
		return "", true
	}
	return "[" + strings.Join(arguments, ", ") + "]", true
}

// callable reports whether the function can be called with made-up arguments: it builds no graph, and
// is not for tests.
func callable(signature *types.Signature) bool {
	for v := range signature.Params().Variables() {
		if isOfGraphOrTest(v.Type()) {
			return false
		}
	}
	return true
}

// isOfGraphOrTest reports whether a type is one of a graph's or of testing's, or contains such a type
// in a field.
func isOfGraphOrTest(t types.Type) bool {
	foreign := func(t types.Type) bool {
		text := t.String()
		return slices.ContainsFunc([]string{"gomlx/core/graph.", "gomlx/ml/model.Scope", "testing.T", "testing.B"},
			func(name string) bool { return strings.Contains(text, name) })
	}
	if foreign(t) {
		return true
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for field := range s.Fields() {
			if foreign(field.Type()) {
				return true
			}
		}
	}
	return false
}
