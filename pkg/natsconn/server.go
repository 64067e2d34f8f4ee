package natsconn

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/natsretry"
)

// TokenVariable is the environment variable with the token of the server, if [Server].TokenFile
// is not set.
const TokenVariable = "LORABOOK_NATS_TOKEN"

// Server is the address of a NATS server or cluster with JetStream, and the credentials.
type Server struct {
	// URL is "nats://host:4222" or, with TLS, "tls://host:4222"; several servers of a cluster are
	// separated by commas. It must not contain credentials: other users of the machine can read
	// the arguments of a process.
	URL         string
	Credentials string // file with the JWT and the seed of a user (.creds)
	TokenFile   string // file with the token; default: the environment variable TokenVariable
	// CA is a file with certificates (PEM) that sign the server's certificate; default: the
	// system's. With CA, Certificate or Key the connection uses TLS.
	CA               string
	Certificate, Key string // files of the client's certificate and its key (PEM), for servers that want one
}

// Flags calls add for each field: the flags of a command line that set them.
func (s *Server) Flags(add func(field *string, name, usage string)) {
	add(&s.URL, "nats", "`URL` of a NATS server with JetStream: nats://host:4222, with TLS tls://host:4222; several of a cluster with commas")
	add(&s.Credentials, "creds", "`FILE` with the credentials of a user (.creds)")
	add(&s.TokenFile, "token-file", "`FILE` with the server's token (default: the environment variable "+TokenVariable+")")
	add(&s.CA, "ca", "`FILE` with the certificates (PEM) that sign the server's certificate (default: the system's)")
	add(&s.Certificate, "cert", "`FILE` with the client's certificate (PEM)")
	add(&s.Key, "key", "`FILE` with the key of the client's certificate (PEM)")
}

// ErrFull is matched by the error of an operation that the server's storage has no room for.
var ErrFull = natsretry.ErrFull

// ErrGone is matched by the error of an operation on a stream that is not on the server: the sweep or
// the labelling never was there, or it is finished.
var ErrGone = natsretry.ErrGone

// Conn is a connection to a server. It is safe for concurrent use.
type Conn struct {
	nats *nats.Conn
	js   jetstream.JetStream
	url  string
	lost chan struct{} // closed when the connection is given up
}

// reconnects is the number of attempts, half a second apart, to reach a lost server again.
const reconnects = 240

// Connect connects to a server and checks that it has JetStream. name is the client's name in the
// lists of the server. Wrong addresses, tokens and certificates are errors at once. A connection
// that is lost later is made again for two minutes.
func Connect(ctx context.Context, s Server, name string) (*Conn, error) {
	options, err := s.options()
	if err != nil {
		return nil, err
	}
	c := &Conn{url: s.URL, lost: make(chan struct{})}
	options = append(options, nats.Name("lorabook "+name), nats.Timeout(5*time.Second),
		nats.MaxReconnects(reconnects), nats.ReconnectWait(500*time.Millisecond), nats.ReconnectJitter(100*time.Millisecond, 100*time.Millisecond),
		nats.IgnoreAuthErrorAbort(), // a server that starts again may know its accounts late
		nats.ClosedHandler(func(*nats.Conn) { close(c.lost) }))
	if c.nats, err = nats.Connect(s.URL, options...); err != nil {
		return nil, s.explain(err)
	}
	if c.js, err = jetstream.New(c.nats); err != nil {
		c.Close()
		return nil, err
	}
	for attempt := 0; ; attempt++ { // a server answers connections before its JetStream is ready
		_, err = natsretry.Once(ctx, c.js.AccountInfo)
		if err == nil {
			return c, nil
		}
		if attempt == 20 || ctx.Err() != nil || !natsretry.IsTransient(err) {
			c.Close()
			return nil, s.explain(err)
		}
		natsretry.Pause(ctx, 250*time.Millisecond)
	}
}

// options returns the options of the client for the credentials.
func (s Server) options() ([]nats.Option, error) {
	var options []nats.Option
	for one := range strings.SplitSeq(s.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil {
			return nil, fmt.Errorf("nats server: the URL cannot be read: expected nats://host:port or tls://host:port")
		}
		if u.User != nil {
			return nil, fmt.Errorf("nats server %s: the URL contains credentials, which other users see in the list of processes: use a token file, the environment variable %s or a credentials file", u.Host, TokenVariable)
		}
		if u.Scheme != "nats" && u.Scheme != "tls" || u.Host == "" {
			return nil, fmt.Errorf("nats server: the URL is %q, expected nats://host:port or, with TLS, tls://host:port", one)
		}
	}
	token := strings.TrimSpace(os.Getenv(TokenVariable))
	if s.TokenFile != "" {
		content, err := os.ReadFile(s.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("nats server %s: the token file: %w", s.URL, err)
		}
		if token = strings.TrimSpace(string(content)); token == "" {
			return nil, fmt.Errorf("nats server %s: the token file %s is empty", s.URL, s.TokenFile)
		}
	}
	switch {
	case s.Credentials != "" && s.TokenFile != "":
		return nil, fmt.Errorf("nats server %s: found a credentials file and a token file, expected one of them", s.URL)
	case s.Credentials != "":
		if _, err := os.Stat(s.Credentials); err != nil {
			return nil, fmt.Errorf("nats server %s: the credentials file: %w", s.URL, err)
		}
		options = append(options, nats.UserCredentials(s.Credentials))
	case token != "":
		options = append(options, nats.Token(token))
	}
	if (s.Certificate == "") != (s.Key == "") {
		return nil, fmt.Errorf("nats server %s: found one of certificate and key, expected both or none", s.URL)
	}
	if s.CA != "" || s.Certificate != "" {
		options = append(options, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	if s.CA != "" {
		options = append(options, nats.RootCAs(s.CA))
	}
	if s.Certificate != "" {
		options = append(options, nats.ClientCert(s.Certificate, s.Key))
	}
	return options, nil
}

// explain adds what to do to an error of the connection.
func (s Server) explain(err error) error {
	remedy := ""
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked), strings.Contains(strings.ToLower(err.Error()), "authorization"):
		remedy = cmp.Or(s.Credentials, s.TokenFile, "the token in "+TokenVariable+" (or none)")
		return fmt.Errorf("nats server %s refuses %s: %w", s.URL, remedy, err)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("nats server %s has no JetStream for this account: start nats-server with -js, or enable it in its configuration: %w", s.URL, err)
	case errors.Is(err, nats.ErrNoServers):
		return fmt.Errorf("no NATS server answers at %s: check the address, and that nats-server runs there: %w", s.URL, err)
	}
	return fmt.Errorf("nats server %s: %w", s.URL, err)
}

// Lost is closed when the server was not reached for two minutes, or after Close.
func (c *Conn) Lost() <-chan struct{} { return c.lost }

// LostError is the error of a connection that is Lost.
func (c *Conn) LostError() error {
	return fmt.Errorf("nats server %s does not answer any more: it keeps what it has; start it again, and the same command continues", c.url)
}

// Check returns an error if ctx is nil or c is no connection of [Connect].
func (c *Conn) Check(ctx context.Context) error {
	switch {
	case ctx == nil:
		return errors.New("natsconn: the context is nil: pass context.Background()")
	case c == nil || c.js == nil:
		return errors.New("natsconn: the connection is not open: expected one of natsconn.Connect")
	}
	return nil
}

// JetStream returns the client of the connection.
func (c *Conn) JetStream() jetstream.JetStream { return c.js }

// MaxPayload returns the size of the largest message that the server accepts, in bytes.
func (c *Conn) MaxPayload() int64 { return c.nats.MaxPayload() }

// Close ends the connection.
func (c *Conn) Close() { c.nats.Close() }
