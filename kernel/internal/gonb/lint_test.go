package gonb

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

func notebook(cells ...string) *nbformat.Notebook {
	nb := &nbformat.Notebook{Minor: 4}
	for _, source := range cells {
		nb.Cells = append(nb.Cells, &nbformat.Cell{Type: nbformat.Code, Source: source})
	}
	return nb
}

func TestLint(t *testing.T) {
	for name, test := range map[string]struct {
		cells []string
		want  []string // "cell:line: start of the text"
	}{
		"raw string": {[]string{"%%\ns := `a\n!rm x\n%env\n//gonb:!y\npackage z\n !fine\nb`\n"},
			[]string{"1:3: GoNB runs this line", "1:4: GoNB runs this line", "1:5: GoNB runs this line", "1:6: GoNB removes this line"}},
		"comment":           {[]string{"/* a\n!ls\n*/\nvar x = 1\n// b\n!ls\n"}, []string{"1:2: GoNB runs this line"}},
		"commands":          {[]string{"!echo `date` \"\n!echo /* \\\n  ` more\n%cd x\nvar s = `\n%x\n`\n!ls"}, []string{"1:6: GoNB runs"}},
		"quotes":            {[]string{"var a, b = '`', \"/*`\"\n!ls\nvar c = `//`\n!ls"}, nil},
		"script":            {[]string{"%%bash\necho `\n!x\n`", "%%writefile x.go\npackage x\nvar _ = f()", "//gonb:%%script sh\n`\n!x"}, nil},
		"two mains":         {[]string{"%%\nx := 1\n%%\nprint(x)"}, []string{"1:3: GoNB accepts one %% per cell"}},
		"const blocks":      {[]string{"const (\n\t_ = iota\n\tA\n\tB\n)\nconst C = 1", "const (\n\t_ = iota\n\tD\n)"}, []string{"2:1: GoNB keeps one constant named _, and this one replaces that of cell 1, line 1 with its whole block: A, B will be undefined"}},
		"const in one cell": {[]string{"const (\n\t_ = iota\n\tA\n)\n\nconst (\n\t_ = iota\n\tD\n)"}, []string{"1:6: GoNB keeps one constant"}},
		"const below":       {[]string{"const (\n\t_ = iota\n\tA\n)", "const (\n\tP = iota\n\t_\n\tQ\n)", "const (\n\t_ = iota\n\tZ\n)"}, []string{"2:1: GoNB keeps one constant"}},
		"const alone":       {[]string{"const (\n\t_ = iota\n\tA\n)", "const _ = uint(1)"}, []string{"2:1: GoNB keeps one constant"}},
		"const once":        {[]string{"const (\n\t_ = iota\n\tA\n)", "const (\n\tP = iota\n\tQ\n)", "const _ = 1 << A"}, []string{"3:1: GoNB keeps"}},
		"const again":       {[]string{"const (\n\t_ = iota\n\tA\n)", "const (\n\t_ = 2*iota\n\tA\n)"}, nil},
		"blank variable":    {[]string{"type I interface{}\nvar _ = f()\nvar _ I = I(nil)\nvar _ I = (*T)(nil)\nvar _ = strings.ToUpper(\"x\")\nvar _, n = f2()\nvar _ = func() { f() }\nvar _ = func() int { return 1 }()"}, []string{"1:2: GoNB evaluates this twice", "1:8: GoNB evaluates this twice"}},
		"embed":             {[]string{"//go:embed a.txt\nvar text string\nvar (\n\t//go:embed *\n\tfiles embed.FS\n)\n"}, []string{"1:1: GoNB drops this comment, and text stays", "1:4: GoNB drops this comment, and files"}},
		"flag":              {[]string{"var x, flag = 1, 2", "func flag() {}"}, []string{"1:1: a global var named flag breaks"}},
		"flag const":        {[]string{"const flag = 1"}, []string{"1:1: a global const named flag"}},
		"flag type":         {[]string{"type flag int"}, []string{"1:1: a global type named flag"}},
		"flag function":     {[]string{"func flag() {}"}, []string{"1:1: a global function named flag"}},
		"flag import":       {[]string{"import flag \"strings\""}, []string{"1:1: a package imported as flag"}},
		"no flag":           {[]string{"import \"flag\"\nfunc (t T) flag() {}\n%%\nflag := 1\nprint(flag)"}, nil},
		"blank imports":     {[]string{"import (\n\t_ \"image/png\"\n\t_ \"image/jpeg\"\n)", "import _ \"image/jpeg\""}, []string{"1:3: GoNB keeps one import named _, and this one replaces that of \"image/png\" in cell 1, line 2"}},
		"dot import":        {[]string{"import . \"strings\""}, []string{"1:1: GoNB imports it in each later cell"}},
		"order":             {[]string{"var b = f()\nvar a = f()\nvar c, d = g()"}, []string{"1:2: GoNB initializes variables in alphabetical order, so a before b"}},
		"order of values":   {[]string{"var z = f()\nvar y = f(z)\nvar b = 1\nvar a = strings.Repeat(\"x\", 3)"}, nil},
		"not Go":            {[]string{"var = ", "%%\nx = "}, nil},
		"plain":             {[]string{"import \"fmt\"", "func f() int { return 1 }", "%%\nfmt.Println(7 % 2, f())", ""}, nil},
	} {
		var got []string
		warnings := Lint(notebook(test.cells...))
		for i, w := range warnings {
			text := fmt.Sprintf("%d:%d: %s", w.Cell, w.Line, w.Text)
			if i < len(test.want) && strings.HasPrefix(text, test.want[i]) {
				text = test.want[i]
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestLintOfOurNotebooks: none of them has a trap in it.
func TestLintOfOurNotebooks(t *testing.T) {
	paths, err := filepath.Glob("../../../notebooks/*.ipynb")
	if err != nil || len(paths) < 5 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		nb, err := nbformat.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range Lint(nb) {
			t.Errorf("%s: %v", path, w)
		}
	}
}

func FuzzLint(f *testing.F) {
	f.Add("%%\ns := `a\n!rm x\n`\n%%\n")
	f.Add("const (\n\t_ = iota\n)\n/*\n%x \\\n*/package y")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Count(text, "\n") + 1
		var warnings []Warning
		memorytest.Bounded(t, 2*len(text), func() { warnings = Lint(notebook(text, text)) })
		for _, w := range warnings {
			if w.Line < 1 || w.Line > lines {
				t.Errorf("line %d of %d: %s", w.Line, lines, w.Text)
			}
		}
	})
}
