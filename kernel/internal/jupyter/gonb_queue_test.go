package jupyter

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/gonbpatch"
)

// startGoNB builds GoNB with our corrections, and starts it.
func startGoNB(t *testing.T) *Kernel {
	t.Helper()
	testenv.NeedsTime(t, "it builds GoNB and runs cells")
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	args, err := gonbpatch.BuildArgs(t.Context(), "go", root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{append(args, "github.com/janpfeifer/gonb"), {"golang.org/x/tools/cmd/goimports"}} {
		cmd := exec.Command("go", append([]string{"build", "-o", bin}, args...)...)
		cmd.Dir = root
		cmd.Env = append(cmd.Environ(), "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	k, err := Start(t.Context(), &KernelSpec{
		Argv: []string{filepath.Join(bin, "gonb"), "--kernel", "{connection_file}"}, Language: "go", InterruptMode: "message",
		Env: map[string]string{"PATH": bin + ":${PATH}", "CGO_ENABLED": "0"},
	}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close(nil) })
	return k
}

// TestFailedCellAbortsTheQueue sends cells at once, as "Run All Cells" of JupyterLab does.
func TestFailedCellAbortsTheQueue(t *testing.T) {
	k := startGoNB(t)
	const fine = "%%\nprintln(\"fine\")"
	for _, c := range []struct {
		name  string
		cells []string
		on    bool // with stop_on_error: false
		stop  bool // with an interrupt after two seconds
		want  []string
	}{
		{"all well", []string{fine, fine}, false, false, []string{"ok", "ok"}},
		{"syntax error", []string{"%%\nprintln(", fine, fine}, false, false, []string{"error", "aborted", "aborted"}},
		{"afterwards", []string{fine}, false, false, []string{"ok"}},
		{"compile error", []string{fine, "%%\nprintln(undeclared)", fine}, false, false, []string{"ok", "error", "aborted"}},
		{"exit status", []string{"import \"os\"\n\n%%\nos.Exit(1)", fine}, false, false, []string{"error", "aborted"}},
		{"a failure that was expected", []string{"%%\nprintln(undeclared)", fine}, true, false, []string{"error", "ok"}},
		{"interrupt", []string{"import \"time\"\n\n%%\ntime.Sleep(time.Minute)", fine}, false, true, []string{"error", "aborted"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var ids []string
			for _, code := range c.cells {
				id, err := k.client.send(shell, "execute_request", map[string]any{
					"code": code, "silent": false, "store_history": true, "user_expressions": map[string]any{},
					"allow_stdin": false, "stop_on_error": !c.on,
				})
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, id)
			}
			if c.stop {
				time.AfterFunc(2*time.Second, func() { _ = k.interrupt(false) })
			}
			got, order := replies(t, k, ids)
			if !slices.Equal(got, c.want) {
				t.Errorf("the replies are %q, expected %q", got, c.want)
			}
			if !slices.IsSorted(order) {
				t.Errorf("the order of the ends is %v", order)
			}
		})
	}
}

// replies waits for the reply and the idle status of each request, and returns the statuses of
// the replies and the indices of the requests in the order of their idle statuses.
func replies(t *testing.T, k *Kernel, ids []string) (statuses []string, order []int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	statuses = make([]string, len(ids))
	for got := 0; got < len(ids) || len(order) < len(ids); {
		select {
		case e := <-k.client.events:
			if e.message == nil {
				t.Fatalf("%+v", e)
			}
			i := slices.Index(ids, e.message.Parent.MsgID)
			var content struct {
				Status string `json:"status"`
				State  string `json:"execution_state"`
			}
			if i < 0 || e.message.Decode(&content) != nil {
				continue
			}
			switch {
			case e.message.Header.MsgType == "execute_reply":
				statuses[i] = content.Status
				got++
			case content.State == "idle":
				order = append(order, i)
			}
		case <-ctx.Done():
			t.Fatalf("replies %q, ends %v", statuses, order)
		}
	}
	return statuses, order
}
