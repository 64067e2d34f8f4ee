package jupyter

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestInterruptWaitsForTheProgram interrupts a program that needs seven seconds to end, as one
// that ends its step and writes a checkpoint. GoNB's release kills it after five.
func TestInterruptWaitsForTheProgram(t *testing.T) {
	k := startGoNB(t)
	const slow = `import (
	"fmt"
	"os"
	"os/signal"
	"time"
)

%%
interrupts := make(chan os.Signal, 9)
signal.Notify(interrupts, os.Interrupt)
fmt.Println("running")
<-interrupts
time.Sleep(7 * time.Second)
fmt.Printf("saved, %d more interrupts\n", len(interrupts))`
	const deaf = `import (
	"fmt"
	"os"
	"os/signal"
	"time"
)

%%
signal.Ignore(os.Interrupt)
fmt.Println("running")
time.Sleep(time.Hour)`

	for _, c := range []struct {
		name, code string
		second     time.Duration // between the first and the second interrupt; 0: no second one
		status     string
		output     string
		most       time.Duration
	}{
		{"one interrupt", slow, 0, "ok", "saved, 0 more", time.Minute},
		{"a double click", slow, 100 * time.Millisecond, "ok", "saved, 0 more", time.Minute},
		{"a second interrupt", deaf, 1500 * time.Millisecond, "error", "signal: killed", 4 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := k.client.send(shell, "execute_request", map[string]any{
				"code": c.code, "silent": false, "store_history": true, "user_expressions": map[string]any{},
				"allow_stdin": false, "stop_on_error": true,
			})
			if err != nil {
				t.Fatal(err)
			}
			var began time.Time
			status, output := endOf(t, k, id, func() {
				began = time.Now()
				_ = k.interrupt(false)
				if c.second > 0 {
					time.AfterFunc(c.second, func() { _ = k.interrupt(false) })
				}
				if c.status == "error" {
					// GoNB counts the time from its receipt of the first interrupt: on a busy machine
					// that may be so late that the second one is taken for a double click.
					third := time.AfterFunc(2*c.second, func() { _ = k.interrupt(false) })
					t.Cleanup(func() { third.Stop() })
				}
			})
			if status != c.status || !strings.Contains(output, c.output) {
				t.Errorf("status %q, output %q, expected %q, %q", status, output, c.status, c.output)
			}
			if took := time.Since(began); took > c.most {
				t.Errorf("the program ended %v after the interrupt", took)
			}
		})
	}

	// Execute repeats its interrupt every second. Only the first must reach the program.
	t.Run("the end of a context", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		var seen recorder
		reply, err := k.Execute(ctx, slow, seen.started, func(m *Message) {
			seen.output(m)
			if strings.Contains(seen.texts[seen.id], "running") {
				cancel(errWhy)
			}
		})
		if interrupted := (*InterruptError)(nil); !errors.As(err, &interrupted) || interrupted.Killed {
			t.Fatalf("got %v", err)
		}
		if output := seen.texts[seen.id]; reply.Status != "ok" || !strings.Contains(output, "saved, 0 more") {
			t.Errorf("status %q, output %q", reply.Status, output)
		}
	})
}

// endOf waits for the reply to a request and the end of its output. It calls running once the
// program has printed that it runs.
func endOf(t *testing.T, k *Kernel, id string, running func()) (status, output string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for idle := false; status == "" || !idle; {
		select {
		case e := <-k.client.events:
			if e.message == nil {
				t.Fatalf("%+v", e)
			}
			var content struct {
				Status string `json:"status"`
				State  string `json:"execution_state"`
				Text   string `json:"text"`
			}
			if e.message.Parent.MsgID != id || e.message.Decode(&content) != nil {
				continue
			}
			switch e.message.Header.MsgType {
			case "execute_reply":
				status = content.Status
			case "status":
				idle = idle || content.State == "idle"
			case "stream":
				before := output
				output += content.Text
				if !strings.Contains(before, "running") && strings.Contains(output, "running") {
					running()
				}
			}
		case <-ctx.Done():
			t.Fatalf("status %q, output %q", status, output)
		}
	}
	return status, output
}
