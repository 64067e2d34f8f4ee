package pretrain

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// With Options.TensorBoard a pre-training has an event file with every line of its history.
func TestTensorBoard(t *testing.T) {
	p := toyPretraining(t)
	p.Stages = []Stage{{Steps: 4, Rows: 8, Length: 10}}
	dir := filepath.Join(t.TempDir(), "run")
	lines := map[runfolder.LineKind]int{}
	if _, err := Run(t.Context(), dir, p, Options{Backend: toytest.Backend(t), TensorBoard: true, OnHistory: func(l runfolder.HistoryLine) {
		lines[l.Kind]++
	}}); err != nil {
		t.Fatal(err)
	}
	events := map[string]int{}
	for _, e := range toytest.Events(t, dir) {
		tag, _, _ := strings.Cut(e, " ")
		events[tag]++
	}
	if n := lines[runfolder.TrainLine]; n != 4 || events["train/loss"] != n || events["eval/loss"] != lines[runfolder.EvalLine] {
		t.Errorf("events %v, history %v", events, lines)
	}
}
