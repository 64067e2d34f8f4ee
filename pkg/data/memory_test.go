package data

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestUnusedColumnsAreNotKept: a data set does not keep the columns of its file that it does not
// use in memory.
func TestUnusedColumnsAreNotKept(t *testing.T) {
	const rows = 1000
	unused := strings.Repeat("not used ", 1000)
	for name, form := range map[string]string{
		"own.csv":   "id%[1]d,text number %[1]d,class %[2]d,%[3]s\n",
		"own.jsonl": `{"id":"id%[1]d","text":"text number %[1]d","label":"class %[2]d","more":"%[3]s"}` + "\n",
	} {
		var table strings.Builder
		if name == "own.csv" {
			table.WriteString("id,text,label,more\n")
		}
		for i := range rows {
			fmt.Fprintf(&table, form, i, i%2, unused)
		}
		path := writeFile(t, filepath.Join(t.TempDir(), name), table.String())
		for _, raw := range []bool{false, true} {
			before := heap()
			d, err := Opener{Raw: raw}.Open(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if kept := heap() - before; kept > 2<<20 {
				t.Errorf("%s, raw %v: %d MiB are kept for %d short texts", name, raw, kept>>20, rows)
			}
			runtime.KeepAlive(d)
		}
	}
}

// heap returns the number of bytes in use.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
