package jupyter

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
)

func TestExecute(t *testing.T) {
	k, _ := attachFake(t, Options{}, "message", func(f *fakeKernel) {
		f.execute = func(f *fakeKernel, request *Message) {
			var content struct {
				Code  string `json:"code"`
				Stdin *bool  `json:"allow_stdin"`
				Keep  *bool  `json:"store_history"`
			}
			if err := request.Decode(&content); err != nil || content.Stdin == nil || *content.Stdin || content.Keep == nil || !*content.Keep {
				t.Errorf("bad request %s: %v", request.Content, err)
			}
			f.status(request, "busy")
			if content.Code == "late" { // the status before the output, and before the reply
				f.status(request, "idle")
				f.reply(request, "execute_reply", map[string]any{"status": "ok", "execution_count": 7})
				time.Sleep(100 * time.Millisecond)
				f.stream(request, "afterwards")
				return
			}
			f.stream(request, "héllo ")
			f.stream(request, "wörld")
			f.reply(request, "execute_reply", map[string]any{"status": "error", "execution_count": 8, "ename": "E", "evalue": "v", "traceback": []string{"t"}})
			time.Sleep(50 * time.Millisecond)
			f.status(request, "idle")
		}
	})
	if k.Info().Implementation != "fake" || k.Info().LanguageInfo["name"] != "go" {
		t.Errorf("info: %+v", k.Info())
	}
	var seen recorder
	reply, err := k.Execute(t.Context(), "late", seen.started, seen.output)
	if err != nil || reply.Status != "ok" || reply.ExecutionCount != 7 {
		t.Fatalf("%+v, %v", reply, err)
	}
	first := seen.id
	time.Sleep(150 * time.Millisecond)
	reply, err = k.Execute(t.Context(), "2", seen.started, seen.output)
	if err != nil {
		t.Fatal(err)
	}
	want := &Reply{Status: "error", ExecutionCount: 8, EName: "E", EValue: "v", Traceback: []string{"t"}}
	if diff := cmp.Diff(want, reply); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{first: "afterwards", seen.id: "héllo wörld"}, seen.texts); diff != "" {
		t.Error(diff)
	}
}

func TestExecuteOverTCP(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	conn, err := newConnection(dir)
	if err != nil || conn.Transport != "tcp" {
		t.Fatalf("%+v, %v", conn, err)
	}
	f := startFake(t, conn, nil)
	k, err := attach(t.Context(), &KernelSpec{}, conn, f, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close(nil)
	var seen recorder
	if reply, err := k.Execute(t.Context(), "", seen.started, seen.output); err != nil || reply.Status != "ok" {
		t.Errorf("%+v, %v", reply, err)
	}
}

func TestForgedMessages(t *testing.T) {
	k, _ := attachFake(t, Options{}, "message", func(f *fakeKernel) {
		f.execute = func(f *fakeKernel, request *Message) {
			f.key = []byte("another key")
			f.run(request, "ok")
		}
	})
	var seen recorder
	if _, err := k.Execute(t.Context(), "", seen.started, seen.output); !errors.Is(err, ErrSignature) {
		t.Errorf("got %v, want ErrSignature", err)
	}
}

// GoNB forgets an interrupt that comes while it compiles, so one alone is not enough.
func TestInterruptIsRepeated(t *testing.T) {
	testenv.NeedsTime(t, "it waits for a kernel that ignores interrupts")
	for _, mode := range []string{"message", "signal", ""} {
		t.Run(mode, func(t *testing.T) {
			k, _ := attachFake(t, Options{}, mode, func(f *fakeKernel) {
				f.execute = func(f *fakeKernel, request *Message) {
					<-f.interrupted
					<-f.interrupted
					f.stream(request, "^C")
					f.run(request, "error")
				}
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(50*time.Millisecond, func() { cancel(errWhy) })
			var seen recorder
			reply, err := k.Execute(ctx, "", seen.started, seen.output)
			var interrupted *InterruptError
			if !errors.As(err, &interrupted) || interrupted.Killed || !errors.Is(err, errWhy) {
				t.Fatalf("got %v", err)
			}
			if reply == nil || reply.Status != "error" || seen.texts[seen.id] != "^C" {
				t.Errorf("the reply (%+v) or output (%q) got lost", reply, seen.texts)
			}
		})
	}
}

func TestKernelThatIgnoresInterruptsIsKilled(t *testing.T) {
	k, f := attachFake(t, Options{Grace: 300 * time.Millisecond}, "message", func(f *fakeKernel) {
		f.execute = func(f *fakeKernel, request *Message) { f.stream(request, "I go on") }
	})
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errWhy)
	defer cancel()
	var seen recorder
	_, err := k.Execute(ctx, "", seen.started, seen.output)
	var interrupted *InterruptError
	if !errors.As(err, &interrupted) || !interrupted.Killed || !errors.Is(err, errWhy) {
		t.Fatalf("got %v", err)
	}
	if f.how != "killed" || seen.texts[seen.id] != "I go on" {
		t.Errorf("%s, %v", f.how, seen.texts)
	}
}

func TestDeadKernelIsNoticed(t *testing.T) {
	k, _ := attachFake(t, Options{}, "message", func(f *fakeKernel) {
		f.execute = func(f *fakeKernel, request *Message) {
			f.stream(request, "going")
			time.Sleep(50 * time.Millisecond)
			f.end("signal: killed")
		}
	})
	start := time.Now()
	var seen recorder
	_, err := k.Execute(t.Context(), "", seen.started, seen.output)
	var dead *DeadError
	if !errors.As(err, &dead) || dead.Reason != "signal: killed" || dead.Log != "its last words" {
		t.Fatalf("got %v", err)
	}
	if waited := time.Since(start); waited > 3*time.Second {
		t.Errorf("it took %v", waited)
	}
	if seen.texts[seen.id] != "going" {
		t.Errorf("what it said got lost: %v", seen.texts)
	}
}

func TestSilentKernelIsNoticed(t *testing.T) {
	k, f := attachFake(t, Options{Silence: 400 * time.Millisecond}, "message", func(f *fakeKernel) {
		f.execute = func(f *fakeKernel, request *Message) { f.breathless.Store(true) }
	})
	var seen recorder
	_, err := k.Execute(t.Context(), "", seen.started, seen.output)
	var dead *DeadError
	if !errors.As(err, &dead) || !strings.Contains(err.Error(), "heartbeat") || f.how != "killed" {
		t.Errorf("got %v, %s", err, f.how)
	}
}

func TestInputIsRefused(t *testing.T) {
	k, _ := attachFake(t, Options{}, "message", func(f *fakeKernel) {
		f.execute = func(f *fakeKernel, request *Message) {
			f.send(f.stdin, request, "input_request", map[string]any{"prompt": "Name?", "password": false})
			<-f.interrupted
			f.run(request, "error")
		}
	})
	var seen recorder
	_, err := k.Execute(t.Context(), "", seen.started, seen.output)
	var input *InputError
	if !errors.As(err, &input) || input.Prompt != "Name?" {
		t.Errorf("got %v", err)
	}
}

func TestKernelThatNeverAnswers(t *testing.T) {
	conn, err := newConnection(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f := startFake(t, conn, func(f *fakeKernel) { f.deaf.Store(true) })
	_, err = attach(t.Context(), &KernelSpec{Name: "deaf"}, conn, f, Options{StartTimeout: 200 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), `"deaf" did not answer within 200ms`) || !strings.Contains(err.Error(), "its last words") {
		t.Errorf("got %v", err)
	}
	if f.how != "killed" {
		t.Error("the kernel lives on")
	}
}

// spec writes a kernelspec whose kernel is a shell script.
func spec(t *testing.T, script string) *KernelSpec {
	return &KernelSpec{Name: "script", Dir: t.TempDir(), Argv: []string{"/bin/sh", "-c", script, "{connection_file}"}}
}

func TestKernelThatEndsAtOnce(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	// A runner that was killed before the guard of its kernel had started has left this.
	if err := os.MkdirAll(filepath.Join(temp, "lorabook-kernel-1.locked", "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), spec(t, "echo no such flag >&2; exit 3"), Options{})
	var dead *DeadError
	if !errors.As(err, &dead) || dead.Reason != "exit status 3" || dead.Log != "no such flag" {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStartWithoutProgram(t *testing.T) {
	_, err := Start(t.Context(), &KernelSpec{Dir: "/specs/x", Argv: []string{"/nowhere/gonb", "{connection_file}"}}, Options{})
	if err == nil || !strings.Contains(err.Error(), "/specs/x/kernel.json: the kernel's program is not there") {
		t.Errorf("got %v", err)
	}
}

func TestStartIsCanceled(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, errWhy)
	defer cancel()
	start := time.Now()
	if _, err := Start(ctx, spec(t, "sleep 100"), Options{}); !errors.Is(err, errWhy) {
		t.Errorf("got %v", err)
	}
	if waited := time.Since(start); waited > 5*time.Second {
		t.Errorf("it took %v", waited)
	}
}
