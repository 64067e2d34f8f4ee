package render

import (
	"path/filepath"
	"strings"
	"testing"
)

// A line ends between a number and its unit neither in prose nor in an output, but code keeps its
// spaces.
func TestNumbersStayBesideTheirUnits(t *testing.T) {
	page, _ := renderCells(t, false,
		markdownCell("It rose by **5 points to 80 %**, `x = 7 % 2`, as $5 % 2$ says."),
		codeCell("x := 9 % 2", stream("stdout", "accuracy 83.5 % after\n"), display(tree{"text/html": "<p>of 20 kB</p>"})))
	has(t, page, "to 80\u00a0%", "x = 7 % 2", "83.5\u00a0% after", "of 20\u00a0kB")
	hasNot(t, page, "9\u00a0%")
}

// A long line of code ends behind an opening parenthesis. Markdown has the plain code.
func TestCodeBreaksBehindParentheses(t *testing.T) {
	cell := codeCell("f(g.Open(\n\tx, y()))")
	_, main := renderCells(t, false, cell)
	if n := strings.Count(main, "(<wbr/>"); n != 1 || !strings.Contains(main, "()") {
		t.Errorf("%d places in\n%s", n, main)
	}
	dir := t.TempDir()
	notebook(t, filepath.Join(dir, "x.ipynb"), cell)
	render(t, Options{Notebooks: []string{dir}, Out: dir, To: []Format{Markdown}})
	has(t, read(t, filepath.Join(dir, "x.md")), "f(g.Open(\n\tx, y()))")
}

// A notebook that was saved outside its checkout causes one warning.
func TestMissingLinksAreOneWarning(t *testing.T) {
	dir := t.TempDir()
	notebook(t, filepath.Join(dir, "01-one.ipynb"), markdownCell("# One\n\n[a](../README.md) [b](../docs/gonb.md)"))
	notebook(t, filepath.Join(dir, "02-two.ipynb"), markdownCell("# Two\n\n[a](../README.md) [again](../README.md)"))
	_, printed := render(t, Options{Notebooks: []string{dir}, Out: filepath.Join(dir, "site"), To: []Format{HTML, Markdown}})
	if strings.Count(printed, "warning:") != 1 || strings.Count(printed, "../README.md") != 1 {
		t.Errorf("printed:\n%s", printed)
	}
	has(t, printed, "and 1 more", `"../docs/gonb.md"`)
}
