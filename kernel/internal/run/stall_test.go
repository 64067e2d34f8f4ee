package run

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// TestGoNBCellsThatNeverEnd: GoNB gives a cell's program a standard input that never
// ends, and waits for everybody who holds its output.
func TestGoNBCellsThatNeverEnd(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: what a process waits for is known on Linux only")
	}
	useGoNB(t)
	short := jupyter.Options{InputLimit: time.Second, HeldLimit: time.Second}
	for name, test := range map[string]struct {
		source string
		cause  any
		text   string
	}{
		"shell command":    {"!cat", new(*jupyter.InputError), "`cat` waits for input"},
		"in a line":        {"!echo before; bash -c 'read x; echo never'", new(*jupyter.InputError), "waits for input"},
		"Go program":       {"%%\nfmt.Println(\"before\")\nline, err := bufio.NewReader(os.Stdin).ReadString('\\n')\nfmt.Println(line, err)", new(*jupyter.InputError), "waits for input"},
		"child of Go":      {"%%\ncmd := exec.Command(\"cat\")\ncmd.Stdin = os.Stdin\nfmt.Println(cmd.Run())", new(*jupyter.InputError), "`cat` waits for input"},
		"background":       {"!sleep 1000 &", new(*jupyter.OutputHeldError), "`sleep 1000`"},
		"background of Go": {"%%\ncmd := exec.Command(\"sleep\", \"1000\")\ncmd.Stdout = os.Stdout\nfmt.Println(cmd.Start())", new(*jupyter.OutputHeldError), "`sleep 1000`"},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			saved, err := runCells(t, t.Context(), Options{kernel: short}, codeCell(test.source), codeCell("!echo never"))
			var failure *CellError
			if !errors.As(err, &failure) || !errors.As(err, test.cause) || !strings.Contains(err.Error(), test.text) {
				t.Fatalf("got %v", err)
			}
			if interrupted := (*jupyter.InterruptError)(nil); !errors.As(err, &interrupted) || interrupted.Killed {
				t.Errorf("the kernel was killed: %v", err)
			}
			if took := time.Since(start); took > 12*time.Second {
				t.Errorf("it took %v", took)
			}
			outputs := saved.Cells[0].Outputs
			if last := outputs[len(outputs)-1]; last.Type != nbformat.ErrorOutput || !strings.Contains(last.EValue, test.text) {
				t.Errorf("the notebook does not say so: %+v", last)
			}
			if strings.Contains(test.source, "before") && !strings.Contains(streams(saved.Cells[0], "stdout"), "before") {
				t.Errorf("what it printed got lost: %+v", outputs)
			}
		})
	}
	t.Run("may fail", func(t *testing.T) {
		saved, err := runCells(t, t.Context(), Options{kernel: short}, codeCell("!cat", mayFailTag), codeCell("!sleep 1000 &", mayFailTag), codeCell("!echo next"))
		if err != nil || streams(saved.Cells[2], "stdout") != "next\n" {
			t.Errorf("%v, %+v", err, saved.Cells[2])
		}
	})
	t.Run("goes on", func(t *testing.T) { // what looks alike but ends
		saved, err := runCells(t, t.Context(), Options{kernel: short},
			codeCell("!echo a | (sleep 3; cat)"),
			codeCell("!sleep 1000 >/dev/null 2>&1 &"),
			codeCell("!(for i in 1 2 3 4 5 6; do sleep 0.6; echo $i; done) &"),
			codeCell("!sleep 3; echo slept"),
			codeCell("%%bash\ncat; echo end of input"))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{"a\n", "", "1\n2\n3\n4\n5\n6\n", "slept\n", "end of input\n"} {
			if got := streams(saved.Cells[i], "stdout"); got != want {
				t.Errorf("cell %d printed %q, want %q", i+1, got, want)
			}
		}
	})
}
