package show

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/bytesize"
	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// The size of an adapter is the same number in the chart, in the takeaway and in a report:
// that of its file.
func TestAdapterHasOneSize(t *testing.T) {
	adapter, err := lora.New(lora.Config{R: 6, Alpha: 8, TargetModules: []string{"query", "value"}})
	loratest.Must(t, err)
	loratest.Must(t, adapter.Inject(loratest.Store(t), loratest.Modules(), 1))
	dir := filepath.Join(t.TempDir(), "adapter")
	loratest.Must(t, adapter.Save(dir))
	info, err := os.Stat(filepath.Join(dir, lora.TensorsFile))
	loratest.Must(t, err)
	size := bytesize.Text(info.Size())
	number, found := strings.CutSuffix(size, " kB")
	if !found {
		t.Fatalf("the file has %s, expected some kB", size)
	}
	var sizes AdapterSizes
	sizes.Add("r 6", adapter)
	f, err := sizes.Figures()
	loratest.Must(t, err)
	text := f.Charts[0].Text()
	expect(t, text, "r 6: float32 "+number, "Between "+number+" and "+number+" kB")
	report := &finetune.Report{Method: finetune.LoRA, AdapterBytes: info.Size(), Training: &finetune.Trained{}, Comparison: &metrics.Comparison{}}
	expect(t, report.String(), "adapter    "+size+", ")
}

// Of an adapter of many modules the first and the last ones are listed, in columns; a module that is
// trained as a whole has no rank.
func TestTrainableModules(t *testing.T) {
	report := &lora.Report{Bytes: 10_741_856}
	for i := range 73 {
		report.Modules = append(report.Modules, lora.ModuleReport{Module: fmt.Sprintf("bert.encoder.layer.%d.attention.self.query", i), Rank: 16, Parameters: 24_576, Bytes: 98_304})
	}
	report.Modules = append(report.Modules, lora.ModuleReport{Module: "classifier", Parameters: 1_538, Bytes: 6_152})
	text := trainableModules(report).Text()
	expect(t, text, "Trainable modules, the first 3 and the last 3 of 74; the adapter's file has 10.7 MB\n",
		"layer.2.attention.self.query     16      24,576", "layer.71.", "classifier                                             1,538               6,152")
	if strings.Contains(text, "layer.3.") {
		t.Errorf("a module in the middle is listed:\n%s", text)
	}
	report.Modules = report.Modules[68:]
	if text := trainableModules(report).Text(); strings.Count(text, "24,576") != 5 || !strings.Contains(text, "Trainable modules, the 6;") {
		t.Errorf("six modules:\n%s", text)
	}
}
