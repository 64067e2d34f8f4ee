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
				if callable(object.Signature()) {
					list = append(list, function{pkg.PkgPath, "", name})
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
			list = append(list, function{pkg, name.Name(), method.Name()})
		}
	}
	return list
}

// callable reports whether the function can be called with made-up arguments: it has no type
// parameters, builds no graph, and is not for tests.
func callable(signature *types.Signature) bool {
	if signature.TypeParams().Len() > 0 {
		return false
	}
	for v := range signature.Params().Variables() {
		if isOfGraphOrTest(v.Type()) {
			return false
		}
	}
	return true
}

// isOfGraphOrTest reports whether a type is GoMLX's or testing's, or contains such a type in a field.
func isOfGraphOrTest(t types.Type) bool {
	for _, foreign := range []string{"gomlx/", "testing.T", "testing.B"} {
		if strings.Contains(t.String(), foreign) {
			return true
		}
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for field := range s.Fields() {
			if strings.Contains(field.Type().String(), "gomlx/") {
				return true
			}
		}
	}
	return false
}
