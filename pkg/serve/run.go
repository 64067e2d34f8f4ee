package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/lorabook/lorabook/internal/settings"
)

// RunOptions of Run. The zero value of a field means its default.
type RunOptions struct {
	// DrainDelay is the time between the first answer of 503 by /readyz and the end of listening,
	// in which a load balancer can notice it. Default: none.
	DrainDelay time.Duration
	// DrainTimeout is the longest time that running requests may still take. Default 30 s.
	DrainTimeout time.Duration
	// Close is called after the last answer, such as the Close of a [classify.Service]. Default:
	// nothing.
	Close func(context.Context) error
}

// Run serves HTTP until ctx ends. Then it drains: new requests are refused with 503, those that run
// are answered, and the listener and the service are closed. The error names requests that were cut
// off after DrainTimeout. Missing arguments are errors; the listener and the service stay open then.
func Run(ctx context.Context, listener net.Listener, handler *Handler, options RunOptions) error {
	switch {
	case ctx == nil:
		return errors.New("serve: the context is nil: pass context.Background(), or one that ends with the service")
	case listener == nil:
		return errors.New("serve: the listener is missing: pass that of net.Listen")
	case handler == nil || handler.service == nil:
		return errors.New("serve: the handler is not made by New")
	case options.DrainDelay < 0 || options.DrainTimeout < 0:
		return fmt.Errorf("serve: DrainDelay is %v and DrainTimeout %v, expected no negative time", options.DrainDelay, options.DrainTimeout)
	}
	settings.Default(&options.DrainTimeout, 30*time.Second)
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      time.Minute + handler.options.Timeout*2,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(handler.options.Logger.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = drain(context.WithoutCancel(ctx), server, handler, options)
	}
	if options.Close != nil {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), options.DrainTimeout)
		defer cancel()
		err = errors.Join(err, options.Close(limit))
	}
	return err
}

// drain ends the server after its running requests.
func drain(ctx context.Context, server *http.Server, handler *Handler, options RunOptions) error {
	handler.Drain()
	handler.options.Logger.Info("draining", "delay", options.DrainDelay, "timeout", options.DrainTimeout)
	time.Sleep(options.DrainDelay)
	limit, cancel := context.WithTimeout(ctx, options.DrainTimeout)
	defer cancel()
	if err := server.Shutdown(limit); err != nil {
		_ = server.Close() // the connections that are left
		return fmt.Errorf("the shutdown cut requests off that ran for %v after its beginning: %w", options.DrainTimeout, err)
	}
	return nil
}
