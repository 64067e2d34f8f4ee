package jupyter

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/google/uuid"
)

// channel is one of a kernel's sockets.
type channel string

const (
	shell   channel = "shell"
	control channel = "control"
	stdin   channel = "stdin"
	iopub   channel = "iopub"
)

// event is an event on a channel: a message, an unreadable message, or the end.
type event struct {
	channel channel
	message *Message // nil if err is not
	err     error
	ended   bool // the channel has ended
}

// client holds the connections to one kernel. events delivers all received messages, in order
// for each channel.
type client struct {
	session string
	key     []byte
	sockets map[channel]zmq4.Socket
	heart   zmq4.Socket
	events  chan event
	cancel  context.CancelFunc
}

// dialRetry is how often a kernel that is about to listen is tried again.
const dialRetry = 20 * time.Millisecond

// connect opens all channels to a kernel. It waits until the kernel listens or ctx ends.
func connect(ctx context.Context, conn *Connection) (*client, error) {
	if conn.SignatureScheme != "hmac-sha256" {
		return nil, fmt.Errorf("the signature scheme %q is not supported, expected hmac-sha256", conn.SignatureScheme)
	}
	life, cancel := context.WithCancel(context.Background())
	c := &client{
		session: uuid.NewString(),
		key:     []byte(conn.Key),
		events:  make(chan event),
		cancel:  cancel,
	}
	options := []zmq4.Option{
		// One identity for all: GoNB answers requests of the control channel on the shell
		// channel, to the identity that asked.
		zmq4.WithID(zmq4.SocketIdentity(c.session)),
		zmq4.WithDialerRetry(dialRetry),
		zmq4.WithDialerMaxRetries(-1),
		zmq4.WithLogger(log.New(io.Discard, "", 0)),
	}
	c.sockets = map[channel]zmq4.Socket{
		shell:   zmq4.NewDealer(life, options...),
		control: zmq4.NewDealer(life, options...),
		stdin:   zmq4.NewDealer(life, options...),
		iopub:   zmq4.NewSub(life, options...),
	}
	c.heart = zmq4.NewReq(life, options...)
	if err := c.sockets[iopub].SetOption(zmq4.OptionSubscribe, ""); err != nil {
		c.close()
		return nil, err
	}
	if err := c.dial(ctx, conn); err != nil {
		c.close()
		return nil, err
	}
	for name, socket := range c.sockets {
		arrived := make(chan event)
		go spool(life, arrived, c.events)
		go c.receive(life, name, socket, arrived)
	}
	return c, nil
}

// dial connects all sockets to the kernel's ports. It waits until the kernel listens or ctx
// ends.
func (c *client) dial(ctx context.Context, conn *Connection) error {
	// A dial has neither a context nor a time limit: closing the sockets ends it.
	stop := context.AfterFunc(ctx, c.cancel)
	defer stop()
	dials := []func() error{
		func() error { return c.sockets[shell].Dial(conn.endpoint(conn.ShellPort)) },
		func() error { return c.sockets[control].Dial(conn.endpoint(conn.ControlPort)) },
		func() error { return c.sockets[stdin].Dial(conn.endpoint(conn.StdinPort)) },
		func() error { return c.sockets[iopub].Dial(conn.endpoint(conn.IOPubPort)) },
		func() error { return c.heart.Dial(conn.endpoint(conn.HBPort)) },
	}
	done := make(chan error, 1)
	go func() {
		failed := make([]error, len(dials))
		var wait sync.WaitGroup
		for i, dial := range dials {
			wait.Go(func() { failed[i] = dial() })
		}
		wait.Wait()
		done <- cmp.Or(failed...) // always the same one
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("the kernel cannot be reached: %w", err)
	}
	return nil
}

func (c *client) receive(life context.Context, name channel, socket zmq4.Socket, arrived chan<- event) {
	for {
		frames, err := socket.Recv()
		e := event{channel: name, err: err, ended: err != nil}
		if err == nil {
			e.message, e.err = decode(frames.Frames, c.key)
		}
		select {
		case arrived <- e:
		case <-life.Done():
			return
		}
		if e.ended {
			return
		}
	}
}

// send sends a request and returns its ID.
func (c *client) send(to channel, msgType string, content any) (id string, err error) {
	message, err := newMessage(c.session, msgType, content)
	if err != nil {
		return "", err
	}
	frames, err := encode(message, c.key)
	if err != nil {
		return "", err
	}
	if err := c.sockets[to].SendMulti(zmq4.NewMsgFrom(frames...)); err != nil {
		return "", fmt.Errorf("the kernel does not accept a %s: %w", msgType, err)
	}
	return message.Header.MsgID, nil
}

func (c *client) close() {
	c.cancel()
	for _, socket := range c.sockets {
		_ = socket.Close()
	}
	_ = c.heart.Close()
}
