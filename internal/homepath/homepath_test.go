package homepath

import "testing"

func TestShort(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for text, want := range map[string]string{
		"/home/me/models":                          "~/models",
		"open /home/me/a: see \"/home/me/b/c.js\"": "open ~/a: see \"~/b/c.js\"",
		"/home/meter/x":                            "/home/meter/x",
		"/mnt/home/me/x":                           "/mnt/home/me/x",
		"/home/me/home/me/x":                       "~/home/me/x",
		"no path":                                  "no path",
	} {
		if got := Short(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	t.Setenv("HOME", "/")
	if got := Short("/etc/x"); got != "/etc/x" {
		t.Errorf("with the root as home: %q", got)
	}
}
