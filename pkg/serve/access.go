package serve

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
)

// TokenVariable is the environment variable with the bearer token.
const TokenVariable = "LORABOOK_TOKEN"

// minToken is the smallest length of a token.
const minToken = 16

// tokenForm is the form of a bearer token (RFC 6750, section 2.1).
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// ReadToken returns the bearer token in a file, otherwise in the environment variable
// [TokenVariable], otherwise "". White space around it is removed. A token has at least 16 letters,
// digits and the characters -._~+/ and may end with =.
func ReadToken(file string) (string, error) {
	text, source := os.Getenv(TokenVariable), "the environment variable "+TokenVariable
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("token: %w", err)
		}
		if text, source = string(content), file; strings.TrimSpace(text) == "" {
			return "", fmt.Errorf("token: %s is empty: write a token into it, as with openssl rand -hex 32", file)
		}
	}
	token := strings.TrimSpace(text)
	if token == "" {
		return "", nil
	}
	if !tokenForm.MatchString(token) {
		return "", fmt.Errorf("token: %s has other characters than letters, digits and -._~+/ (with = at the end): make one with openssl rand -hex 32", source)
	}
	if len(token) < minToken {
		return "", fmt.Errorf("token: %s has %d characters, expected at least %d: make one with openssl rand -hex 32", source, len(token), minToken)
	}
	return token, nil
}

// tokenMatches compares the request's token in constant time.
func tokenMatches(r *http.Request, token string) bool {
	scheme, found, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	// Digests have one length, which the comparison may show.
	got, want := sha256.Sum256([]byte(strings.TrimSpace(found))), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// Access states who may reach the service.
type Access struct {
	Token   string // the bearer token of Options
	NoToken bool   // allows other addresses than the loopback without a token
}

// Listen listens on a TCP address, such as 127.0.0.1:8080; port 0 is a free port. An address that
// other machines can reach needs a token or NoToken.
func Listen(address string, access Access) (net.Listener, error) {
	_, _, err := net.SplitHostPort(address)
	var resolved *net.TCPAddr
	if err == nil {
		resolved, err = net.ResolveTCPAddr("tcp", address)
	}
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w; expected HOST:PORT, as in 127.0.0.1:8080", address, err)
	}
	if !resolved.IP.IsLoopback() && access.Token == "" && !access.NoToken {
		return nil, fmt.Errorf("listen on %q: other machines can reach this address, and there is no token: set one (%s or --token-file), or allow every client (--no-token)", address, TokenVariable)
	}
	listener, err := net.ListenTCP("tcp", resolved)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w; another port is chosen with --listen 127.0.0.1:PORT, and port 0 is a free one", address, err)
	}
	return listener, nil
}

// LoopbackHosts are values of Options.Hosts for a service on the loopback address.
var LoopbackHosts = []string{"localhost", "127.0.0.1", "::1"}
