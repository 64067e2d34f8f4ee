package natsconn

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/google/uuid"
)

// Work is a kind of work that waits on a server, such as that of sweeps.
type Work interface {
	// Pass does what waits, and returns when nothing has waited for about a second. busy reports
	// whether something waited, or is in work elsewhere and may come back.
	Pass(ctx context.Context, conn *Conn) (busy bool, err error)
}

// WorkerName returns a name for a worker of this process: the host's name, the process number and a
// random part.
func WorkerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), uuid.NewString()[:4])
}

// Serve connects to a server and does the kinds of work, one after the other, until ctx ends, or with
// once until there is none. name is the worker's name in the lists of the server. It returns the first
// error, the cause of ctx's end, or with once nil.
func Serve(ctx context.Context, s Server, name string, once bool, kinds ...Work) error {
	conn, err := Connect(ctx, s, "worker "+name)
	if err != nil {
		return err
	}
	defer conn.Close()
	for {
		busy := false
		for _, kind := range kinds {
			worked, err := kind.Pass(ctx, conn)
			if err != nil {
				return err
			}
			busy = busy || worked
		}
		switch {
		case busy:
		case once:
			return nil
		default:
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-conn.Lost():
				return conn.LostError()
			case <-time.After(time.Second):
			}
		}
	}
}
