//go:build linux

package run

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

var many = flag.Int("notebooks", 3, "notebooks that TestGoNBManyAtOnce runs at once, each in a process of its own")

// Runners at work at once do not disturb one another, one whose notebook fails included: each result
// has the outputs of its own notebook, each source is as it was, no process and no file is left.
func TestGoNBManyAtOnce(t *testing.T) {
	useGoNB(t)
	type runner struct {
		cmd    *exec.Cmd
		out    bytes.Buffer
		dir    string
		source []byte
	}
	runners := make([]*runner, *many)
	for i := range runners {
		r := &runner{dir: t.TempDir()}
		last := codeCell(fmt.Sprintf("!echo from the shell %d", i))
		if i%3 == 1 {
			last = codeCell("%%\nos.Exit(3)")
		}
		source := save(t, r.dir, "n.ipynb",
			codeCell(fmt.Sprintf("func square() int { return %d * %d }", i, i)),
			codeCell("%%\nfmt.Println(\"square\", square())\nif err := os.WriteFile(\"written\", []byte(fmt.Sprint(square())), 0o644); err != nil {\n\tpanic(err)\n}"),
			codeCell("!cat written; echo"), last)
		var err error
		if r.source, err = os.ReadFile(source); err != nil {
			t.Fatal(err)
		}
		r.cmd = exec.Command(os.Args[0], "-test.run=^TestRunner$")
		r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = append(os.Environ(), signalled+"="+r.dir), &r.out, &r.out
		r.cmd.WaitDelay = time.Minute
		runners[i] = r
	}
	for _, r := range runners {
		if err := r.cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, r := range runners {
		if err, fails := r.cmd.Wait(), i%3 == 1; (err != nil) != fails || fails && !strings.Contains(r.out.String(), "cell 4") {
			t.Errorf("notebook %d: %v\n%s", i, err, &r.out)
		}
	}
	for i, r := range runners {
		if after, err := os.ReadFile(filepath.Join(r.dir, "n.ipynb")); err != nil || !bytes.Equal(r.source, after) {
			t.Errorf("notebook %d was changed (%v)", i, err)
		}
		saved, err := nbformat.Read(filepath.Join(r.dir, "results", "n.ipynb"))
		if err != nil {
			t.Errorf("notebook %d: %v", i, err)
			continue
		}
		want := []string{"", fmt.Sprintf("square %d\n", i*i), fmt.Sprintf("%d\n", i*i), fmt.Sprintf("from the shell %d\n", i)}
		if i%3 == 1 {
			want[3] = ""
		}
		for c, text := range want {
			if got := streams(saved.Cells[c], "stdout"); got != text {
				t.Errorf("notebook %d, cell %d printed %q, expected %q", i, c+1, got, text)
			}
		}
		if left := leftovers(t, r.dir); len(left) > 0 {
			t.Errorf("notebook %d left %q", i, left)
		}
	}
	t.Logf("%d notebooks at once", len(runners))
}
