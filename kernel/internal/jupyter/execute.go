package jupyter

import (
	"context"
	"errors"
	"time"
)

// Reply is the kernel's reply after the execution of code.
type Reply struct {
	Status         string `json:"status"` // "ok", "error" or "aborted"
	ExecutionCount int    `json:"execution_count"`
	// EName, EValue and Traceback describe the error if Status is "error".
	EName     string   `json:"ename"`
	EValue    string   `json:"evalue"`
	Traceback []string `json:"traceback"`

	// Incomplete reports that the code has run, but the kernel did not announce the end of its
	// output, so that output may be missing.
	Incomplete bool `json:"-"`
}

const (
	// again is how often an interrupt is repeated: GoNB forgets one that comes while it
	// compiles.
	again = time.Second
	// settle bounds the delay of the reply after the idle status, and the time that a kernel
	// with closed sockets may take to end.
	settle = 10 * time.Second
)

// Execute runs code and returns the kernel's reply when the code has run and its output
// is complete. Failed code is not an error; the reply contains its status. Output after the
// reply is received without a time limit. If the kernel then sends nothing for ten seconds, not
// even its idle status, the reply is marked as Incomplete.
//
// started is called with the request's ID, which is the Parent.MsgID of every message of this
// execution. output receives all published messages, including those of earlier requests: GoNB
// sends what a cell displays at its very end only after the reply.
//
// When ctx ends, the code is interrupted. If it continues for longer than Options.Grace, the
// kernel is killed. The error is an [*InterruptError] that wraps ctx's cause. Code that waits
// for input is interrupted too, with an [*InputError] as the cause, and code with child
// processes that keep its output open ([*OutputHeldError]). If the kernel ends or stops
// responding, the error is a [*DeadError].
func (k *Kernel) Execute(ctx context.Context, code string, started func(id string), output func(*Message)) (*Reply, error) {
	run := execution{kernel: k, output: output, watch: watch{known: k.process.before()}}
	id, err := k.client.send(shell, "execute_request", map[string]any{
		"code":             code,
		"silent":           false,
		"store_history":    true,
		"user_expressions": map[string]any{},
		"allow_stdin":      false,
		"stop_on_error":    true,
	})
	if err != nil {
		return nil, err
	}
	started(id)
	run.id = id
	return run.wait(ctx)
}

// execution is the state of one Execute.
type execution struct {
	kernel *Kernel
	id     string
	output func(*Message)

	reply *Reply
	idle  bool
	cause error // why the code was interrupted; nil if it was not
	sent  bool  // an interrupt was sent
	repeat,
	kill,
	late <-chan time.Time
	watch watch
}

func (x *execution) wait(ctx context.Context) (*Reply, error) {
	k := x.kernel
	canceled := ctx.Done()
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	if k.info.Implementation != "gonb" {
		look.Stop() // the handling of input and output by other kernels is unknown
	}
	for x.reply == nil || !x.idle {
		select {
		case e := <-k.client.events:
			if err := x.handle(e); err != nil {
				return nil, err
			}
		case <-canceled:
			canceled = nil
			x.interrupt(context.Cause(ctx))
		case <-x.repeat:
			if x.reply == nil {
				_ = k.interrupt(x.sent) // if it cannot be sent, the kill is next
				x.sent = true
				x.repeat = time.After(again)
			}
		case <-look.C:
			if x.reply != nil || x.cause != nil {
				break
			}
			if stall := x.stalled(); stall != nil {
				x.interrupt(stall.err())
				k.process.release(stall)
			}
		case <-x.kill:
			if x.reply != nil {
				break // the code has ended, but the rest of its output is missing
			}
			k.process.kill()
			k.drain(time.Second, x.output)
			return nil, &InterruptError{Cause: x.cause, Killed: true, Grace: k.options.Grace}
		case <-x.late:
			if x.reply == nil {
				k.process.kill()
				return nil, &DeadError{Reason: "it sent no reply", Log: k.process.logEnd()}
			}
			x.idle, x.reply.Incomplete = true, true
		case <-k.process.done():
			k.drain(time.Second, x.output)
			return nil, x.dead(k.dead())
		case <-k.silent:
			k.process.kill()
			return nil, x.dead(&DeadError{Reason: "it left a heartbeat unanswered for " + k.options.Silence.String(), Log: k.process.logEnd()})
		}
	}
	if x.cause != nil {
		return x.reply, &InterruptError{Cause: x.cause}
	}
	return x.reply, nil
}

// handle processes one event.
func (x *execution) handle(e event) error {
	switch m := e.message; {
	case e.ended:
		x.kernel.mute = x.kernel.mute || e.channel == iopub
		if !waitFor(x.kernel.process, settle) {
			x.kernel.process.kill()
			return x.dead(&DeadError{Reason: "it closed its " + string(e.channel) + " channel", Log: x.kernel.process.logEnd()})
		}
	case e.err != nil:
		return e.err
	case e.channel == iopub:
		if m.Header.MsgType == "status" && m.Parent.MsgID == x.id {
			var status struct {
				State string `json:"execution_state"`
			}
			if err := m.Decode(&status); err != nil {
				return err
			}
			x.idle = x.idle || status.State == "idle"
		}
		x.output(m) // it may take long
		x.watch.last = nil
		switch {
		case x.reply != nil:
			x.late = time.After(x.kernel.options.Quiet)
		case x.idle && x.late == nil:
			x.late = time.After(settle)
		}
	case m.Header.MsgType == "execute_reply" && m.Parent.MsgID == x.id:
		x.reply, x.late = new(Reply), time.After(x.kernel.options.Quiet)
		return m.Decode(x.reply)
	case m.Header.MsgType == "input_request" && m.Parent.MsgID == x.id:
		input := new(InputError)
		_ = m.Decode(input)
		x.interrupt(input)
	}
	return nil
}

func (x *execution) interrupt(cause error) {
	if x.cause != nil {
		return
	}
	x.cause = cause
	x.repeat = time.After(0)
	x.kill = time.After(x.kernel.options.Grace)
}

// dead distinguishes a kernel that died from one that was killed after its interrupt.
func (x *execution) dead(err error) error {
	if x.cause != nil {
		return errors.Join(&InterruptError{Cause: x.cause}, err)
	}
	return err
}
