package lora

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/loratest"
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
		loratest.Must(t, err)
		dir := filepath.Join(t.TempDir(), "adapter")
		loratest.Must(t, a.Save(dir))
		info, err := os.Stat(filepath.Join(dir, TensorsFile))
		loratest.Must(t, err)
		if info.Size() != report.Bytes {
			t.Errorf("%s: the file has %d bytes, the report says %d", name, info.Size(), report.Bytes)
		}
		data := 0
		for _, tensor := range loratest.Read(t, filepath.Join(dir, TensorsFile)) {
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
