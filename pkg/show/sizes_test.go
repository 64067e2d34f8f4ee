package show

import (
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
