package jupyter

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
)

// TestOutputAfterTheReply: what a kernel publishes after its reply is kept for as long as
// it keeps arriving, however slowly, and the reply says where its end was not reported.
func TestOutputAfterTheReply(t *testing.T) {
	const messages = 12
	text := strings.Repeat("much ", 20_000) // 100 kB a message
	for _, test := range []struct {
		name       string
		kernel     time.Duration // the kernel's pause between two messages
		reader     time.Duration // how long the reader takes for one
		idle       bool
		incomplete bool
	}{
		{name: "slow kernel", kernel: 60 * time.Millisecond, idle: true},
		{name: "slow reader", reader: 60 * time.Millisecond, idle: true},
		{name: "a message takes longer than the limit", reader: 400 * time.Millisecond, idle: true},
		{name: "no idle status", kernel: 60 * time.Millisecond, incomplete: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			k, _ := attachFake(t, Options{Quiet: 300 * time.Millisecond}, "message", func(f *fakeKernel) {
				f.execute = func(f *fakeKernel, request *Message) {
					f.status(request, "busy")
					f.reply(request, "execute_reply", map[string]any{"status": "ok", "execution_count": 1})
					for range messages {
						f.stream(request, text)
						time.Sleep(test.kernel)
					}
					if test.idle {
						f.status(request, "idle")
					}
				}
			})
			var seen recorder
			reply, err := k.Execute(t.Context(), "", seen.started, func(m *Message) {
				seen.output(m)
				time.Sleep(test.reader)
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(seen.texts[seen.id]); got != messages*len(text) {
				t.Errorf("%d bytes of output, want %d", got, messages*len(text))
			}
			if reply.Incomplete != test.incomplete {
				t.Errorf("incomplete: %v, want %v", reply.Incomplete, test.incomplete)
			}
		})
	}
}

// TestOutputOfAnInterruptedCell: code that ended by its interrupt is not killed because
// its output still arrives when the grace is over.
func TestOutputOfAnInterruptedCell(t *testing.T) {
	const messages = 10
	k, f := attachFake(t, Options{Grace: 200 * time.Millisecond}, "message", func(f *fakeKernel) {
		f.execute = func(f *fakeKernel, request *Message) {
			f.status(request, "busy")
			<-f.interrupted
			f.reply(request, "execute_reply", map[string]any{"status": "error", "execution_count": 1, "ename": "ERROR"})
			for range messages {
				f.stream(request, "x")
				time.Sleep(50 * time.Millisecond)
			}
			f.status(request, "idle")
		}
	})
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errWhy)
	defer cancel()
	var seen recorder
	reply, err := k.Execute(ctx, "", seen.started, seen.output)
	if err == nil || reply == nil || seen.texts[seen.id] != strings.Repeat("x", messages) || f.endedBy() != "" {
		t.Errorf("%v, %+v, %q, kernel %q", err, reply, seen.texts, f.endedBy())
	}
}

// TestOutputOfAKernelThatDied: what it published before is read to its end.
func TestOutputOfAKernelThatDied(t *testing.T) {
	const messages = 30
	k, _ := attachFake(t, Options{}, "message", func(f *fakeKernel) {
		f.execute = func(f *fakeKernel, request *Message) {
			for range messages {
				f.stream(request, "x")
			}
			time.Sleep(300 * time.Millisecond)
			f.end("signal: killed")
		}
	})
	var seen recorder
	_, err := k.Execute(t.Context(), "", seen.started, func(m *Message) {
		seen.output(m)
		time.Sleep(60 * time.Millisecond)
	})
	if err == nil || len(seen.texts[seen.id]) != messages {
		t.Errorf("%v, %d messages, want %d", err, len(seen.texts[seen.id]), messages)
	}
}

// TestHighWaterMark: a kernel built on libzmq drops what a subscriber does not take in
// time. ipykernel publishes 20,000 displays, which a reader takes more slowly.
func TestHighWaterMark(t *testing.T) {
	jupyter := testenv.Get(t, "LORABOOK_JUPYTER")
	if jupyter == "" {
		t.Skip("SKIPPED: no ipykernel; LORABOOK_JUPYTER names the jupyter of an environment that has it")
	}
	python := filepath.Join(filepath.Dir(jupyter), "python3")
	if err := exec.Command(python, "-c", "import ipykernel").Run(); err != nil {
		t.Skipf("SKIPPED: %s has no ipykernel", python)
	}
	spec := &KernelSpec{Name: "python3", Dir: t.TempDir(), InterruptMode: "signal",
		Argv: []string{python, "-m", "ipykernel_launcher", "-f", "{connection_file}"}}
	k, err := Start(t.Context(), spec, Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close(nil)
	const displays = 20_000
	code := fmt.Sprintf("from IPython.display import publish_display_data\nfor i in range(%d): publish_display_data({'text/plain': 'x' * 1000})", displays)
	got := 0
	reply, err := k.Execute(t.Context(), code, func(string) {}, func(m *Message) {
		if m.Header.MsgType == "display_data" {
			got++
			time.Sleep(200 * time.Microsecond)
		}
	})
	if err != nil || reply.Status != "ok" || reply.Incomplete {
		t.Fatalf("%v, %+v", err, reply)
	}
	if got != displays {
		t.Errorf("%d displays arrived of %d", got, displays)
	}
}
