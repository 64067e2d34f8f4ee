package nbformat

import "time"

// recordKey is the field of a notebook's metadata with lorabook's own values.
const recordKey = "lorabook"

// RunRecord describes the last run of a notebook.
type RunRecord struct {
	Time    time.Time // of the start; zero if unknown
	Machine string    // processor, platform and number of cores
}

// RecordRun writes the record into the notebook's metadata, in place of an earlier one.
func (n *Notebook) RecordRun(r RunRecord) {
	if n.Metadata == nil {
		n.Metadata = make(map[string]any)
	}
	own, _ := n.Metadata[recordKey].(map[string]any)
	if own == nil {
		own = make(map[string]any)
	}
	own["run"] = map[string]any{"time": r.Time.Format(time.RFC3339), "machine": r.Machine}
	n.Metadata[recordKey] = own
}

// LastRun returns the record of the last run; its fields are zero if the notebook has none.
func (n *Notebook) LastRun() RunRecord {
	own, _ := n.Metadata[recordKey].(map[string]any)
	run, _ := own["run"].(map[string]any)
	text, _ := run["time"].(string)
	at, _ := time.Parse(time.RFC3339, text)
	machine, _ := run["machine"].(string)
	return RunRecord{Time: at, Machine: machine}
}
