package jupyter

import (
	"context"
	"errors"
	"io"
	"log"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

// fakeKernel is a kernel in this process: real sockets, and behaviour that a test can bend.
type fakeKernel struct {
	t    *testing.T
	conn *Connection
	key  []byte

	shell, control, stdin, iopub, heart zmq4.Socket
	stop                                context.CancelFunc

	// execute answers an execute_request; default: busy, reply ok, idle.
	execute func(*fakeKernel, *Message)
	// interrupted takes each interrupt, whichever way it came.
	interrupted chan struct{}
	// deaf leaves all requests unanswered, breathless all heartbeats.
	deaf, breathless atomic.Bool

	once  sync.Once
	ended chan struct{}
	how   string
	mu    sync.Mutex
	ids   [][]byte // the client's identity
}

// startFake lets a fake kernel listen on conn.
func startFake(t *testing.T, conn *Connection, bend func(*fakeKernel)) *fakeKernel {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	quiet := zmq4.WithLogger(log.New(io.Discard, "", 0))
	f := &fakeKernel{
		t: t, conn: conn, key: []byte(conn.Key), stop: stop,
		shell: zmq4.NewRouter(ctx, quiet), control: zmq4.NewRouter(ctx, quiet), stdin: zmq4.NewRouter(ctx, quiet),
		iopub: zmq4.NewPub(ctx, quiet), heart: zmq4.NewRep(ctx, quiet),
		interrupted: make(chan struct{}, 100),
		ended:       make(chan struct{}),
		execute:     func(f *fakeKernel, request *Message) { f.run(request, "ok") },
	}
	if bend != nil {
		bend(f)
	}
	for port, socket := range map[int]zmq4.Socket{
		conn.ShellPort: f.shell, conn.ControlPort: f.control, conn.StdinPort: f.stdin, conn.IOPubPort: f.iopub, conn.HBPort: f.heart,
	} {
		if err := socket.Listen(conn.endpoint(port)); err != nil {
			t.Fatal(err)
		}
	}
	go f.serve(f.shell)
	go f.serve(f.control)
	go func() {
		for {
			ping, err := f.heart.Recv()
			if err != nil {
				return
			}
			if !f.breathless.Load() {
				_ = f.heart.Send(ping)
			}
		}
	}()
	t.Cleanup(func() { f.end("killed by the test") })
	return f
}

func (f *fakeKernel) serve(socket zmq4.Socket) {
	for {
		frames, err := socket.Recv()
		if err != nil {
			return
		}
		request, err := decode(frames.Frames, []byte(f.conn.Key))
		if err != nil {
			f.t.Errorf("the client sent a bad message: %v", err)
			continue
		}
		f.mu.Lock()
		f.ids = frames.Frames[:1]
		f.mu.Unlock()
		if f.deaf.Load() {
			continue
		}
		switch request.Header.MsgType {
		case "kernel_info_request":
			f.status(request, "busy")
			f.reply(request, "kernel_info_reply", map[string]any{"implementation": "fake", "language_info": map[string]any{"name": "go"}})
			f.status(request, "idle")
		case "execute_request":
			go f.execute(f, request)
		case "interrupt_request":
			// As GoNB does, on the shell channel although it was asked on the control channel.
			f.reply(request, "interrupt_reply", map[string]any{"status": "ok"})
			f.interrupted <- struct{}{}
		case "shutdown_request":
			f.reply(request, "shutdown_reply", map[string]any{"status": "ok"})
			time.Sleep(50 * time.Millisecond)
			f.end("exit status 0")
		}
	}
}

func (f *fakeKernel) message(request *Message, msgType string, content any) [][]byte {
	m, err := newMessage("fake", msgType, content)
	if err != nil {
		f.t.Error(err)
		return nil
	}
	m.Parent = request.Header
	frames, err := encode(m, f.key)
	if err != nil {
		f.t.Error(err)
	}
	return frames
}

func (f *fakeKernel) publish(request *Message, msgType string, content any) {
	frames := append([][]byte{[]byte("topic")}, f.message(request, msgType, content)...)
	_ = f.iopub.SendMulti(zmq4.NewMsgFrom(frames...))
}

func (f *fakeKernel) send(socket zmq4.Socket, request *Message, msgType string, content any) {
	f.mu.Lock()
	frames := append(append([][]byte{}, f.ids...), f.message(request, msgType, content)...)
	f.mu.Unlock()
	_ = socket.SendMulti(zmq4.NewMsgFrom(frames...))
}

func (f *fakeKernel) reply(request *Message, msgType string, content any) {
	f.send(f.shell, request, msgType, content)
}

func (f *fakeKernel) status(request *Message, state string) {
	f.publish(request, "status", map[string]any{"execution_state": state})
}

func (f *fakeKernel) stream(request *Message, text string) {
	f.publish(request, "stream", map[string]any{"name": "stdout", "text": text})
}

// run answers as a kernel that has run code.
func (f *fakeKernel) run(request *Message, status string) {
	f.status(request, "busy")
	content := map[string]any{"status": status, "execution_count": 1}
	if status == "error" {
		maps.Copy(content, map[string]any{"ename": "ERROR", "evalue": "broken", "traceback": []string{"here"}})
	}
	f.reply(request, "execute_reply", content)
	f.status(request, "idle")
}

// endedBy returns how the kernel ended, or an empty string while it runs.
func (f *fakeKernel) endedBy() string {
	select {
	case <-f.ended:
		return f.how
	default:
		return ""
	}
}

// end closes all sockets, as the end of a process does.
func (f *fakeKernel) end(how string) {
	f.once.Do(func() {
		f.how = how
		f.stop()
		for _, socket := range []zmq4.Socket{f.shell, f.control, f.stdin, f.iopub, f.heart} {
			_ = socket.Close()
		}
		close(f.ended)
	})
}

// The rest makes a fakeKernel a process.

func (f *fakeKernel) done() <-chan struct{} { return f.ended }
func (f *fakeKernel) state() string         { return f.how }
func (f *fakeKernel) terminate() error      { return nil }
func (f *fakeKernel) kill()                 { f.end("killed") }
func (f *fakeKernel) logEnd() string        { return "its last words" }
func (f *fakeKernel) interrupt() error {
	f.interrupted <- struct{}{}
	return nil
}

func (f *fakeKernel) before() known      { return known{} }
func (f *fakeKernel) stall(known) *stall { return nil }
func (f *fakeKernel) release(*stall)     {}

// attachFake starts a fake kernel and connects to it.
func attachFake(t *testing.T, options Options, mode string, bend func(*fakeKernel)) (*Kernel, *fakeKernel) {
	t.Helper()
	conn, err := newConnection(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f := startFake(t, conn, bend)
	k, err := attach(t.Context(), &KernelSpec{Name: "fake", InterruptMode: mode}, conn, f, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close(nil) })
	return k, f
}

// recorder keeps the stream texts that arrive, by the request they belong to.
type recorder struct {
	id    string
	texts map[string]string
}

func (r *recorder) started(id string) { r.id = id }

func (r *recorder) output(m *Message) {
	var stream struct{ Text string }
	if m.Header.MsgType == "stream" && m.Decode(&stream) == nil {
		if r.texts == nil {
			r.texts = make(map[string]string)
		}
		r.texts[m.Parent.MsgID] += stream.Text
	}
}

var errWhy = errors.New("the test wants it so")
