package gonb

import (
	"go/ast"
	"slices"
	"strings"
)

// pure lists packages and functions without side effects.
var pure = []string{"strings", "strconv", "math", "bytes", "errors", "regexp", "path", "filepath", "unicode", "utf8",
	"fmt.Sprint", "fmt.Sprintf", "fmt.Sprintln", "fmt.Errorf", "time.Duration", "time.Date", "slices", "maps", "big", "sort"}

// builtins are Go's functions and types that a call may name.
var builtins = strings.Fields("append cap complex copy imag len make max min new real " +
	"bool byte complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr any")

// calls reports whether evaluating the expression calls a function that may have an
// effect. The bodies of function literals do not count unless they are called.
func (l *linter) calls(expression ast.Expr) bool {
	found := false
	ast.Inspect(expression, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || l.effect(node.Fun)
		}
		return !found
	})
	return found
}

// effect reports whether a call may have a side effect: it is neither a conversion nor known to
// be pure.
func (l *linter) effect(called ast.Expr) bool {
	switch called := called.(type) {
	case *ast.Ident:
		return !l.types[called.Name] && !slices.Contains(builtins, called.Name)
	case *ast.SelectorExpr:
		from, ok := called.X.(*ast.Ident)
		return !ok || !slices.Contains(pure, from.Name) && !slices.Contains(pure, from.Name+"."+called.Sel.Name)
	case *ast.ParenExpr: // (*T)(nil)
		if _, pointer := called.X.(*ast.StarExpr); pointer {
			return false
		}
		return l.effect(called.X)
	case *ast.ArrayType, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.InterfaceType:
		return false
	case *ast.IndexExpr: // a generic function or type
		return l.effect(called.X)
	}
	return true
}
