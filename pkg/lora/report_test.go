package lora

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReportBytes: the file has the bytes that the report says, and its tensors those of
// the modules.
func TestReportBytes(t *testing.T) {
	for _, name := range cases {
		a, _ := opened(t, name)
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
