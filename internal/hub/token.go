package hub

import (
	"net/http"
	"net/url"
	"os"
	"strings"
)

func token() string { return strings.TrimSpace(os.Getenv("HF_TOKEN")) }

// authorized adds HF_TOKEN to the requests to the hub's own origin, and to no other. A redirect to
// another port of the same host, to one of its subdomains or from https to http is another origin;
// net/http alone would send the token along.
type authorized struct{ next http.RoundTripper }

func (a authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	hub, err := url.Parse(endpoint())
	if t := token(); err == nil && t != "" && origin(request.URL) == origin(hub) {
		request = request.Clone(request.Context()) // a RoundTripper must not change its request
		request.Header.Set("Authorization", "Bearer "+t)
	}
	return a.next.RoundTrip(request)
}

// origin returns scheme, host and port (RFC 6454), with the scheme's default port filled in.
func origin(address *url.URL) string {
	scheme, port := strings.ToLower(address.Scheme), address.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + strings.ToLower(address.Hostname()) + ":" + port
}
