package hub

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"

	"github.com/lorabook/lorabook/internal/printable"
)

const masked = "xxxxx"

// maskAddress returns an address for a message: without its password, and without the query if it
// is not the hub's, since the query signs the addresses of storage servers.
func maskAddress(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return "(an address that cannot be read)"
	}
	hub, err := url.Parse(endpoint())
	if parsed.RawQuery != "" && (err != nil || origin(parsed) != origin(hub)) {
		parsed.RawQuery = "..."
	}
	return parsed.Redacted()
}

// maskError masks the address in an error of net/http.
func maskError(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		shown := *failed
		shown.URL = maskAddress(failed.URL)
		return &shown
	}
	return err
}

// maskText makes a server's words fit for a terminal: one line, without control characters (they
// begin escape sequences) and without the secrets that the server may have repeated.
func maskText(text string) string {
	secrets := []string{token()}
	if hub, err := url.Parse(endpoint()); err == nil && hub.User != nil {
		password, _ := hub.User.Password()
		pair := base64.StdEncoding.EncodeToString([]byte(hub.User.Username() + ":" + password)) // net/http sends it
		_, written, _ := strings.Cut(hub.User.String(), ":")                                    // as in an address
		secrets = append(secrets, pair, password, written)
	}
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, masked)
		}
	}
	return printable.Marked(text)
}
