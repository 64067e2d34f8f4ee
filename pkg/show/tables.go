package show

import (
	"cmp"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runlist"
	"github.com/lorabook/lorabook/pkg/table"
)

// Table shows rows, a slice of structs or of pointers to structs, as a table with a column per
// exported field. [table.FromStructs] describes the tags that name and format the columns.
//
//	show.Display(show.Table("Results", []struct {
//		Run      string
//		Accuracy float64 `unit:"%" format:"%.1f"`
//	}{{"r 4", 86.5}, {"r 8", 88}}))
func Table[T any](caption string, rows []T) (Figures, error) {
	t, err := table.FromStructs(caption, rows)
	if err != nil {
		return Figures{}, err
	}
	return Figures{Tables: []*table.Table{t}}, nil
}

// Runs compares the fine-tuning runs in the folder dir, by default ../runs: a table for each
// test set, with the best run first. Folders that cannot be compared are in the notes, with the
// reason. It only reads; other programs may write to the runs.
func Runs(dir string) (Figures, error) {
	list, err := runlist.Read(cmp.Or(dir, runs))
	if err != nil {
		return Figures{}, err
	}
	tables, err := list.Tables()
	return Figures{Tables: tables, Notes: list.Notes()}, err
}

// RunsBeside compares a run with the others in the same folder, as [Runs] does.
func RunsBeside(r *finetune.Run) (Figures, error) { return Runs(filepath.Dir(r.Folder.Dir())) }
