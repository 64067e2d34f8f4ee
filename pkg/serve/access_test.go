package serve

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadToken(t *testing.T) {
	dir := t.TempDir()
	file := func(content string) string {
		path := filepath.Join(dir, "token")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const good, other = "0123456789abcdef", "fedcba9876543210=="
	for _, test := range []struct{ name, variable, content, want, err string }{
		{"neither", "", "", "", ""},
		{"variable", good, "", good, ""},
		{"file", "", good + "\n", good, ""},
		{"file before variable", other, good, good, ""},
		{"short variable", "short", "", "", TokenVariable + " has 5 characters, expected at least 16"},
		{"short file", "", "short", "", "token has 5 characters"},
		{"white space inside", "", "0123456789 abcdef", "", "other characters"},
		{"two lines", "", good + "\n" + good, "", "other characters"},
		{"letters of another alphabet", "пароль-пароль-пароль", "", "", "other characters"},
		{"blank file", good, " \n", "", "is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(TokenVariable, test.variable)
			path := ""
			if test.content != "" {
				path = file(test.content)
			}
			got, err := ReadToken(path)
			if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q, %v", got, err)
			}
			if err != nil && strings.TrimSpace(test.content) != "" && strings.Contains(err.Error(), test.content) {
				t.Errorf("the error has the token: %v", err)
			}
		})
	}
	t.Setenv(TokenVariable, good)
	if _, err := ReadToken(filepath.Join(dir, "missing")); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("a missing file: %v", err)
	}
}

// TestListen: addresses that other machines can reach need a token.
func TestListen(t *testing.T) {
	for _, test := range []struct {
		address string
		access  Access
		err     string
	}{
		{"127.0.0.1:0", Access{}, ""},
		{"localhost:0", Access{}, ""},
		{":0", Access{}, "there is no token"},
		{"0.0.0.0:0", Access{}, "there is no token"},
		{"0.0.0.0:0", Access{Token: "0123456789abcdef"}, ""},
		{"0.0.0.0:0", Access{NoToken: true}, ""},
		{"127.0.0.1", Access{}, "HOST:PORT"},
		{"127.0.0.1:service", Access{}, "HOST:PORT"},
		{"", Access{}, "HOST:PORT"},
	} {
		listener, err := Listen(test.address, test.access)
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%q %+v: %v", test.address, test.access, err)
		}
		if err == nil {
			if _, err := Listen(listener.Addr().String(), Access{Token: "0123456789abcdef"}); err == nil || !strings.Contains(err.Error(), "--listen") {
				t.Errorf("an address in use: %v", err)
			}
			listener.Close()
		}
	}
}
