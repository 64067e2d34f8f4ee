//go:build unix

package chart

import (
	"encoding/gob"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/lorabook/lorabook/pkg/chart/echarts"
	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// gonbCell, set, makes this test binary play a cell's program.
const gonbCell = "LORABOOK_TEST_CELL"

func TestMain(m *testing.M) {
	if os.Getenv(gonbCell) != "" {
		cell()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// cell shows one chart and grows another, as a notebook's cell does.
func cell() {
	c, err := Bars(Labels{Title: "Shown"}, []string{"g"}, BarSeries{Name: "s", Values: []float64{1}})
	if err != nil {
		panic(err)
	}
	if err := Show(c); err != nil {
		panic(err)
	}
	l, err := NewLive(Labels{Title: "Grown"}, Series{Name: "loss"})
	if err != nil {
		panic(err)
	}
	if err := l.Add(1, "loss", 0.5); err != nil {
		panic(err)
	}
	if err := l.Close(); err != nil {
		panic(err)
	}
}

// The test takes GoNB's part: it makes the two pipes, reads what the cell's
// program writes in GoNB's wire format and confirms its Sync.
func TestGoNBWireFormat(t *testing.T) {
	dir := t.TempDir()
	toKernel, toCell := filepath.Join(dir, "to-kernel"), filepath.Join(dir, "to-cell")
	for _, pipe := range []string{toKernel, toCell} {
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Skipf("no named pipes here: %v", err)
		}
	}
	noLibrary(t)
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), gonbCell+"=1", protocol.GONB_PIPE_ENV+"="+toKernel, protocol.GONB_PIPE_BACK_ENV+"="+toCell, protocol.GONB_TMP_DIR_ENV+"="+dir,
		"HOME="+filepath.Dir(os.Getenv(echarts.Env)))
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	type answer struct {
		shown []protocol.DisplayData
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		var a answer
		a.shown, a.err = playKernel(toKernel, toCell)
		answers <- a
	}()
	if err := command.Wait(); err != nil {
		t.Fatalf("the cell failed: %v\n%s", err, stderr.String())
	}
	var a answer
	select {
	case a = <-answers:
	case <-time.After(30 * time.Second):
		t.Fatal("the cell's pipe was never closed")
	}
	if a.err != nil {
		t.Fatal(a.err)
	}
	titles := make(map[string]string)
	for _, d := range a.shown {
		html, _ := d.Data[protocol.MIMETextHTML].(string)
		text, _ := d.Data[protocol.MIMETextPlain].(string)
		if d.DisplayID == "" || !strings.Contains(html, "data:image/") && html != "<p>Grown: no numbers yet</p>" {
			t.Errorf("a message has identifier %q and HTML %.60q", d.DisplayID, html)
		}
		title, _, _ := strings.Cut(strings.TrimSuffix(text, ": no numbers yet"), "\n")
		titles[d.DisplayID] = title
	}
	if len(titles) != 2 {
		t.Errorf("outputs are %v, want one for each of two charts", titles)
	}
	last := a.shown[len(a.shown)-1]
	if png, _ := last.Data[protocol.MIMEImagePNG].([]byte); !strings.HasPrefix(string(png), "\x89PNG") {
		t.Errorf("the last message carries no PNG but %v", last.Data)
	}
	if size, _ := last.Metadata["image/png"].(map[string]int); size["width"] != canvas.Wide {
		t.Errorf("its metadata is %v", last.Metadata)
	}
	if stdout.Len() > 0 {
		t.Errorf("in a notebook the cell printed %q", stdout.String())
	}
	if strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "static pictures") ||
		!strings.Contains(stderr.String(), " ~/none.js") { // saved notebooks do not name the home folder
		t.Errorf("the missing library was told as %q", stderr.String())
	}
}

// playKernel reads messages until the cell closes its pipe.
func playKernel(toKernel, toCell string) (shown []protocol.DisplayData, err error) {
	in, err := os.Open(toKernel)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	out, err := os.OpenFile(toCell, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	decoder, encoder := gob.NewDecoder(in), gob.NewEncoder(out)
	for {
		var d protocol.DisplayData
		if err := decoder.Decode(&d); err != nil {
			return shown, nil // the cell has ended
		}
		value, ok := d.Data[protocol.MIMECommValue].(protocol.CommValue)
		if !ok {
			shown = append(shown, d)
			continue
		}
		if err := encoder.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: value.Value}); err != nil {
			return shown, err
		}
	}
}
