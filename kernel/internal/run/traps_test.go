package run

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/gonb"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// TestGoNBTraps: each trap that gonb.Lint warns of is one in the GoNB that is pinned. A
// trap that has gone from GoNB fails here, and its warning can go, too.
func TestGoNBTraps(t *testing.T) {
	useGoNB(t)
	const say = "func say(s string) string { fmt.Println(s); return s }\n"
	const png = "%%\n_, name, _ := image.DecodeConfig(strings.NewReader(\"\\x89PNG\\r\\n\\x1a\\n\"))\nfmt.Printf(\"%q\\n\", name)"
	for name, test := range map[string]struct {
		cells  []string
		prints string // by the last cell, without its failure
		fails  string // text of the last cell's error
	}{
		"raw string":     {cells: []string{"%%\nfmt.Printf(\"%q\\n\", `a\n!echo ran\npackage b\nc`)"}, prints: "ran\n\"a\\nc\"\n"},
		"comment":        {cells: []string{"/*\n!echo ran\n*/\n%%\nfmt.Println(1)"}, prints: "ran\n1\n"},
		"const blocks":   {cells: []string{"const (\n\t_ = iota\n\tA\n)", "const (\n\t_ = iota\n\tB\n)\n%%\nfmt.Println(A, B)"}, fails: "undefined: A"},
		"const below":    {cells: []string{"const (\n\t_ = iota\n\tA\n)", "const (\n\tP = iota\n\t_\n)\n%%\nfmt.Println(A, P)"}, fails: "undefined: A"},
		"blank variable": {cells: []string{say + "var _ = say(\"once\")\n%%\n"}, prints: "once\nonce\n"},
		"embed":          {cells: []string{"!echo text >a.txt", "import _ \"embed\"\n//go:embed a.txt\nvar text string\n%%\nfmt.Printf(\"%q\\n\", text)"}, prints: "\"\"\n"},
		"flag":           {cells: []string{"var flag = 1\nfunc main() {}", "%%\nfmt.Println(1)"}, fails: "flag.Parse undefined"},
		"flag import":    {cells: []string{"import flag \"strings\"\nfunc main() { fmt.Println(flag.ToUpper(\"x\")) }", "%%\nfmt.Println(1)"}, fails: "undefined: flag.Parse"},
		"blank imports":  {cells: []string{"import (\n\t_ \"image/png\"\n\t_ \"image/jpeg\"\n)\n" + png}, prints: "\"\"\n"},
		"dot import":     {cells: []string{"import . \"strings\"\n%%\nfmt.Println(ToUpper(\"x\"))", "%%\nfmt.Println(1)"}, fails: "imported and not used"},
		"order":          {cells: []string{say + "var b = say(\"first\")\nvar a = say(\"second\")\n%%\n"}, prints: "second\nfirst\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var cells []*nbformat.Cell
			for _, source := range test.cells {
				cells = append(cells, codeCell(source))
			}
			source := save(t, t.TempDir(), "n.ipynb", cells...)
			var progress bytes.Buffer
			out := t.TempDir()
			err := Run(t.Context(), Options{Notebooks: []string{source}, Out: out, Progress: &progress})
			saved, readErr := nbformat.Read(filepath.Join(out, "n.ipynb"))
			if readErr != nil {
				t.Fatal(readErr)
			}
			if got := streams(saved.Cells[len(saved.Cells)-1], "stdout"); got != test.prints {
				t.Errorf("it printed %q, want %q (%v)", got, test.prints, err)
			}
			if test.fails == "" && err != nil || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
				t.Errorf("got %v, want an error with %q", err, test.fails)
			}
			warnings := gonb.Lint(&nbformat.Notebook{Cells: cells})
			if len(warnings) == 0 {
				t.Fatal("no warning")
			}
			if want := "warning: " + source + ": " + warnings[0].String(); !strings.Contains(progress.String(), want) {
				t.Errorf("%q is not in:\n%s", want, progress.String())
			}
		})
	}
	t.Run("characters", func(t *testing.T) {
		source := save(t, t.TempDir(), "n.ipynb", codeCell("%%\nfmt.Print(\"x\" + strings.Repeat(\"é\", 40_000))"))
		var progress bytes.Buffer
		if err := Run(t.Context(), Options{Notebooks: []string{source}, InPlace: true, Progress: &progress}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(progress.String(), "cell 1: characters are lost at 2 places") {
			t.Errorf("not said:\n%s", progress.String())
		}
	})
}
