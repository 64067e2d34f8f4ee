package hostile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
)

const madeByOpen = "the functions that make the receiver check its sizes"

// leftOut are functions that are called with other arguments on purpose, with the reason.
var leftOut = map[string]string{
	"bert.RegisterModel":          "it panics like database/sql.Register: the mistake is in a package's init function",
	"bert.Model.DenseModules":     madeByOpen,
	"bert.Model.EmbeddingModules": madeByOpen,
	"bert.Model.RoundProjections": madeByOpen,
	"encoding.Rows.Tensors":       madeByOpen,
	"lora.Target.Norms":           madeByOpen,
	"initialization.Directions.A": madeByOpen,
	"show":                        "its functions are for notebooks: their runs come from show.Open, which ends the cell with an error",
	"notebook":                    "the same",
	"classify.NetworkOf":          "it builds the graph of a model, as functions of GoMLX's do",
}

func TestHostileArguments(t *testing.T) {
	testenv.NeedsTime(t, "it links a program with every package")
	faults, calls, err := Check(t.Context(), ".", []string{"../../pkg/..."}, 10*time.Second, func(name string) bool {
		pkg, _, _ := strings.Cut(name, ".")
		return leftOut[name] != "" || leftOut[pkg] != ""
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d calls", calls)
	for _, f := range faults {
		t.Error(f)
	}
}

// TestFaultsAreFound: the check of functions that fail finds their faults.
func TestFaultsAreFound(t *testing.T) {
	testenv.NeedsTime(t, "it links a program")
	module := t.TempDir() // a package below internal could not be imported
	if err := os.CopyFS(module, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(module, "go.mod"), []byte("module example.com/faults\n\ngo 1.26\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	faults, calls, err := Check(t.Context(), module, []string{"./..."}, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range faults {
		found = append(found, f.String())
	}
	text := strings.Join(found, "\n")
	for _, want := range []string{
		"faulty.Dereference(zero): panic", "faulty.First(empty): panic", "faulty.Index(huge): panic", "faulty.Index(negative): panic",
		"faulty.Exit(zero): exit status 2", "faulty.Block(zero): blocked", "faulty.Table.Wait(empty): blocked",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not found: %s", want)
		}
	}
	for _, fine := range []string{"faulty.Fine", "faulty.Dereference(empty)", "faulty.Table.Row"} {
		if strings.Contains(text, fine) {
			t.Errorf("%s is no fault", fine)
		}
	}
	if calls != 32 {
		t.Errorf("%d calls, expected 4 for each of 8 functions and methods", calls)
	}
}
