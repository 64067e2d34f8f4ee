package lora

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReportBytes: the file has the bytes that the report says, and its tensors those of
// the modules.
func TestReportBytes(t *testing.T) {
	adapters := map[string]*Adapter{}
	for _, name := range cases {
		adapters[name], _ = opened(t, name)
	}
	// Written with twice the rank that learns.
	adapters["pissa"], _ = injected(t, Config{R: 2, Init: InitPiSSA, DoRA: true})
	for name, a := range adapters {
		report, err := a.Report()
		must(t, err)
		dir := filepath.Join(t.TempDir(), "adapter")
		must(t, a.Save(dir))
		info, err := os.Stat(filepath.Join(dir, TensorsFile))
		must(t, err)
		if info.Size() != report.Bytes {
			t.Errorf("%s: the file has %d bytes, the report says %d", name, info.Size(), report.Bytes)
		}
		data := 0
		for _, tensor := range read(t, filepath.Join(dir, TensorsFile)) {
			data += int(tensor.Shape().ByteSize())
		}
		for _, m := range report.Modules {
			data -= m.Bytes
		}
		if data != 0 {
			t.Errorf("%s: the tensors have %d bytes more than the modules of the report", name, data)
		}
	}
}
