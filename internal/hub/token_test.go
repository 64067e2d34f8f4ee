package hub

import (
	"net/url"
	"testing"
)

func TestOrigin(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"https://hub.example/a", "https://hub.example:443/b?c", true},
		{"https://HUB.example", "https://hub.example", true},
		{"http://hub.example", "http://hub.example:80", true},
		{"https://hub.example", "http://hub.example", false},
		{"https://hub.example", "https://cdn.hub.example", false},
		{"https://hub.example", "https://hub.example:8443", false},
		{"https://hub.example", "https://hub.example.org", false},
		{"http://[::1]:80", "http://[::1]", true},
	} {
		a, err := url.Parse(c.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := url.Parse(c.b)
		if err != nil {
			t.Fatal(err)
		}
		if same := origin(a) == origin(b); same != c.same {
			t.Errorf("%s and %s: the same origin %v, want %v", c.a, c.b, same, c.same)
		}
	}
}
