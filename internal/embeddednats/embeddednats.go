// Package embeddednats runs a NATS server with JetStream inside the process. It is the only package
// that links nats-server.
//
//	s, err := embeddednats.Start("runs/sweep/nats")
//	defer s.Close()
//	conn, err := natsconn.Connect(ctx, s.Server, "coordinator")
//
// The server listens on the loopback interface alone, on a free port, and wants a random token,
// which lies in a file that only the user can read.
package embeddednats

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

// Names of files in the server's folder.
const (
	TokenFile = "token"
	URLFile   = "url"
)

// Server is a running server.
type Server struct {
	natsconn.Server // its address and the file with its token
	nats            *server.Server
	dir             string
}

// Options of a server.
type Options struct {
	MaxBytes int64 // of its storage; default 0: three quarters of the free disk space
}

// Start starts a server that stores its streams in the folder dir. It continues with the streams
// of an earlier server in the same folder.
func Start(dir string, o Options) (_ *Server, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	token := rand.Text() + rand.Text()
	s := &Server{dir: dir}
	// The file replaces that of an earlier server, and has never been readable for others.
	_ = os.Remove(filepath.Join(dir, TokenFile))
	if err := os.WriteFile(filepath.Join(dir, TokenFile), []byte(token+"\n"), 0o600); err != nil {
		return nil, err
	}
	problem := new(firstError)
	s.nats, err = server.NewServer(&server.Options{
		ServerName: "lorabook", Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: token,
		JetStream: true, StoreDir: dir, JetStreamMaxStore: o.MaxBytes,
		NoSigs: true, DisableJetStreamBanner: true, MaxPayload: 1 << 20,
	})
	if err != nil {
		return nil, fmt.Errorf("embedded NATS server: %w", err)
	}
	s.nats.SetLoggerV2(problem, false, false, false)
	go s.nats.Start()
	if !s.nats.ReadyForConnections(time.Minute) {
		s.nats.Shutdown()
		return nil, fmt.Errorf("embedded NATS server in %s does not start: %w", dir, problem.orUnknown())
	}
	if !s.nats.JetStreamEnabled() {
		s.nats.Shutdown()
		return nil, fmt.Errorf("embedded NATS server in %s has no storage: %w", dir, problem.orUnknown())
	}
	s.Server = natsconn.Server{URL: s.nats.ClientURL(), TokenFile: filepath.Join(dir, TokenFile)}
	if err := atomicfile.Write(filepath.Join(dir, URLFile), []byte(s.URL+"\n"), 0o600); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close ends the server. Its streams remain in its folder.
func (s *Server) Close() error {
	s.nats.Shutdown()
	s.nats.WaitForShutdown()
	return errors.Join(remove(filepath.Join(s.dir, URLFile)), remove(filepath.Join(s.dir, TokenFile)))
}

func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// firstError keeps the first error that the server logs.
type firstError struct{ text atomic.Pointer[string] }

func (l *firstError) keep(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.text.CompareAndSwap(nil, &text)
}

func (l *firstError) orUnknown() error {
	if text := l.text.Load(); text != nil {
		return errors.New(*text)
	}
	return errors.New("it gives no reason")
}

// Errorf and the other methods implement the server's Logger.
func (l *firstError) Errorf(format string, v ...any) { l.keep(format, v...) }
func (l *firstError) Fatalf(format string, v ...any) { l.keep(format, v...) }
func (l *firstError) Warnf(string, ...any)           {}
func (l *firstError) Noticef(string, ...any)         {}
func (l *firstError) Debugf(string, ...any)          {}
func (l *firstError) Tracef(string, ...any)          {}
