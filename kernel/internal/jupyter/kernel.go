package jupyter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/lorabook/lorabook/internal/tempdir"
)

// Options configures a kernel. The zero value is useful.
type Options struct {
	// Dir is the folder the kernel works in; default: the current one.
	Dir string
	// StartTimeout is the time limit for the kernel's first answer. Default: 1 minute.
	StartTimeout time.Duration
	// Grace is the time between the interrupt and the killing of the kernel. Default: 130
	// seconds, longer than the 2 minutes after which our GoNB kills a program that has not ended
	// (GoNB without our corrections: 5 seconds).
	Grace time.Duration
	// Silence is the time limit for the answer to a heartbeat. After it the kernel is treated
	// as dead. Default: 1 minute.
	Silence time.Duration
	// Quiet is the time without published messages after a reply before the idle status is
	// treated as lost. Default: 10 seconds. nbclient waits 4 (iopub_timeout).
	Quiet time.Duration
	// InputLimit is the time that a process of a GoNB cell may wait for standard input, without
	// output and processor use. Then the cell is interrupted with an [*InputError]. Default: 5
	// seconds. Known on Linux only.
	InputLimit time.Duration
	// HeldLimit is the time that child processes may keep a GoNB cell's output open after the
	// end of its program, without output and processor use. Then they are killed and the cell
	// fails with an [*OutputHeldError]. Default: 1 minute. Known on Linux only.
	HeldLimit time.Duration
}

func (o Options) withDefaults() Options {
	o.StartTimeout = cmp.Or(o.StartTimeout, time.Minute)
	o.Grace = cmp.Or(o.Grace, 130*time.Second)
	o.Silence = cmp.Or(o.Silence, time.Minute)
	o.InputLimit = cmp.Or(o.InputLimit, 5*time.Second)
	o.HeldLimit = cmp.Or(o.HeldLimit, time.Minute)
	o.Quiet = cmp.Or(o.Quiet, 10*time.Second)
	return o
}

// Info is a kernel's description of itself.
type Info struct {
	Implementation string         `json:"implementation"`
	LanguageInfo   map[string]any `json:"language_info"`
}

// Kernel is a running kernel. Its methods are for one goroutine at a time.
type Kernel struct {
	spec    *KernelSpec
	options Options
	folder  *tempdir.Folder // of the connection file, the sockets, the log and the temporary files; nil for a fake kernel
	process process
	client  *client
	silent  <-chan struct{} // closed when the heart has stopped
	mute    bool            // the iopub channel has ended: no output will come
	info    Info
}

// Start starts the kernel of a kernelspec and waits until it answers. The caller must
// Close it. If the kernel ends in the meantime, the error is a [*DeadError].
func Start(ctx context.Context, spec *KernelSpec, options Options) (_ *Kernel, err error) {
	folder, err := tempdir.Make("lorabook-kernel-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = folder.Remove()
		}
	}()
	conn, err := newConnection(folder.Path)
	if err != nil {
		return nil, err
	}
	conn.KernelName = spec.Name
	file, err := conn.write(folder.Path)
	if err != nil {
		return nil, err
	}
	// A killed kernel, gopls and the programs of cells leave temporary files.
	temporary := filepath.Join(folder.Path, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return nil, err
	}
	env := append(spec.Environ(os.Environ()),
		temporaryEnv()+"="+temporary,
		// Kernels learn from it who started them, GoNB for instance Jupyter's root folder.
		"JPY_PARENT_PID="+strconv.Itoa(os.Getpid()))
	process, err := startProcess(spec.Command(file), options.Dir, env, filepath.Join(folder.Path, "kernel.log"), folder.Path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(spec.Dir, "kernel.json"), err)
	}
	k, err := attach(ctx, spec, conn, process, options)
	if err != nil {
		return nil, err
	}
	k.folder = folder
	return k, nil
}

// temporaryEnv is the variable for the folder that os.TempDir returns.
func temporaryEnv() string {
	if runtime.GOOS == "windows" {
		return "TMP"
	}
	return "TMPDIR"
}

// attach connects to a kernel that is being started and waits until it answers. If it
// fails it kills the kernel.
func attach(ctx context.Context, spec *KernelSpec, conn *Connection, process process, options Options) (*Kernel, error) {
	k := &Kernel{spec: spec, options: options.withDefaults(), process: process}
	late := fmt.Errorf("the kernel %q did not answer within %v of its start", spec.Name, k.options.StartTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, k.options.StartTimeout, late)
	defer cancel()
	ctx, give := context.WithCancelCause(ctx)
	defer give(nil)
	go func() {
		select {
		case <-process.done():
			give(k.dead())
		case <-ctx.Done():
		}
	}()
	var err error
	if k.client, err = connect(ctx, conn); err == nil {
		if err = k.greet(ctx); err == nil {
			k.silent = k.client.watchHeart(k.options.Silence)
			return k, nil
		}
		k.client.close()
	}
	process.kill()
	if words := process.logEnd(); errors.Is(err, late) && words != "" {
		err = fmt.Errorf("%w; the end of its log:\n%s", err, words)
	}
	return nil, err
}

// greet sends kernel_info requests until the reply has arrived on the shell channel and the
// status on the iopub channel: after that no output can be missed.
func (k *Kernel) greet(ctx context.Context) error {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	asked := make(map[string]bool)
	ask := func() error {
		id, err := k.client.send(shell, "kernel_info_request", struct{}{})
		asked[id] = true
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	for heard, answered := false, false; !heard || !answered; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-again.C:
			if err := ask(); err != nil {
				return err
			}
		case e := <-k.client.events:
			switch {
			case e.ended:
				// Either the kernel is about to end, or ctx will.
			case e.err != nil:
				return e.err
			case e.channel == iopub:
				heard = heard || asked[e.message.Parent.MsgID]
			case e.message.Header.MsgType == "kernel_info_reply":
				if err := e.message.Decode(&k.info); err != nil {
					return err
				}
				answered = true
			}
		}
	}
	return nil
}

// Info returns the kernel's description from its start.
func (k *Kernel) Info() Info { return k.info }

func (k *Kernel) dead() error {
	return &DeadError{Reason: k.process.state(), Log: k.process.logEnd()}
}

// interrupt interrupts the kernel with the method of its kernelspec. A repeated interrupt has no
// effect on a program that the first one reached; it is marked, since our GoNB kills a program
// at a second interrupt.
func (k *Kernel) interrupt(repeated bool) error {
	if k.spec.InterruptMode == "message" {
		content := map[string]any{}
		if repeated {
			content["repeated"] = true
		}
		_, err := k.client.send(control, "interrupt_request", content)
		return err
	}
	return k.process.interrupt()
}

// Close shuts the kernel down: it asks, and after five seconds kills. Afterwards neither
// the kernel, nor a process that it started, nor its folder for temporary files is left. Output that still arrives goes to
// output, which may be nil; Close reports whether that was all of it.
func (k *Kernel) Close(output func(*Message)) (complete bool) {
	complete = true
	if !waitFor(k.process, 0) {
		if _, err := k.client.send(control, "shutdown_request", map[string]any{"restart": false}); err == nil {
			complete = k.drain(5*time.Second, output)
		}
		if _ = k.process.terminate(); !waitFor(k.process, 2*time.Second) {
			k.process.kill()
		}
	}
	k.client.close()
	if k.folder != nil {
		_ = k.folder.Remove()
	}
	return complete
}

// drain forwards messages until the kernel and its output have ended, and reports whether they
// have. The limit applies to a running kernel; after the kernel's end all remaining messages
// are read.
func (k *Kernel) drain(limit time.Duration, output func(*Message)) (complete bool) {
	limited := time.After(limit)
	done := k.process.done()
	arriving := false
	for !k.mute || done != nil {
		select {
		case e := <-k.client.events:
			k.mute = k.mute || e.channel == iopub && e.ended
			if e.channel == iopub && e.message != nil && output != nil {
				output(e.message)
			}
			arriving = e.channel == iopub
			if done == nil {
				limited = time.After(time.Second)
			}
		case <-done:
			done = nil
			limited = time.After(time.Second)
		case <-limited:
			return done == nil || !arriving
		}
	}
	return true
}
