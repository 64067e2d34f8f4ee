package hub_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/hub"
	"github.com/lorabook/lorabook/internal/testenv"
)

// refusal serves a failure to every request, with the cache empty.
func refusal(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	serve(t)
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	t.Setenv("HF_ENDPOINT", server.URL)
	return server
}

func TestErrorsHoldNoSecretsAndNoEscapes(t *testing.T) {
	server := refusal(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Error-Code", "Gated\u202ERepo")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("\x1b]0;title\x07\x1b[2J no access\r\nfor " + r.Header.Get("Authorization") + " and hunter2"))
	})
	t.Setenv("HF_TOKEN", "hf_secret")
	t.Setenv("HF_ENDPOINT", strings.Replace(server.URL, "http://", "http://user:hunter2@", 1))
	_, err := hub.Fetch(context.Background(), repo, names, nil)
	if err == nil || !strings.Contains(err.Error(), "no access for Bearer xxxxx and xxxxx") {
		t.Fatalf("want the message with masked secrets, got %v", err)
	}
	for _, bad := range []string{"\x1b", "\x07", "\r", "\u202E", "hf_secret", "hunter2"} {
		if strings.Contains(err.Error(), bad) {
			t.Errorf("%q is in %q", bad, err)
		}
	}
	server.Close()
	_, err = hub.Fetch(context.Background(), repo, names, nil)
	if !errors.Is(err, hub.ErrInterrupted) || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "user:") {
		t.Errorf("no server: want the address without its password, got %v", err)
	}
}

// A server repeats what it got: the user's name and password as net/http encodes them for it, or as they
// are written in the address.
func TestErrorsHoldNoEncodedPassword(t *testing.T) {
	server := refusal(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("no access for " + r.Header.Get("Authorization") + " and p%40ss%2Fword and p@ss/word"))
	})
	t.Setenv("HF_TOKEN", "")
	t.Setenv("HF_ENDPOINT", strings.Replace(server.URL, "http://", "http://user:p%40ss%2Fword@", 1))
	_, err := hub.Fetch(context.Background(), repo, names, nil)
	if err == nil || !strings.Contains(err.Error(), "no access for Basic xxxxx and xxxxx and xxxxx") {
		t.Fatalf("want the message with masked secrets, got %v", err)
	}
}

// A storage server's address contains its signature.
func TestErrorsHoldNoSignature(t *testing.T) {
	server := serve(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	server.Elsewhere = gone.URL + "/blob?X-Amz-Signature=abc"
	testenv.NeedsTime(t, "it waits between the attempts")
	_, err := hub.Fetch(context.Background(), repo, names[1:], nil)
	if err == nil || strings.Contains(err.Error(), "abc") || !strings.Contains(err.Error(), "/blob") {
		t.Errorf("want the address without its query, got %v", err)
	}
}

func TestRetryAfter(t *testing.T) {
	requests := 0
	after := "1"
	refusal(t, func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.Header().Set("Retry-After", after)
		http.Error(w, "slow down", http.StatusTooManyRequests)
	})
	start := time.Now()
	_, err := hub.Fetch(context.Background(), repo, names, nil)
	var status *hub.StatusError
	if !errors.As(err, &status) || status.RetryAfter != time.Second || requests != 3 || time.Since(start) < 2*time.Second {
		t.Errorf("want three requests a second apart, got %d in %v: %v", requests, time.Since(start), err)
	}
	for _, after = range []string{"3600", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)} {
		requests = 0
		_, err = hub.Fetch(context.Background(), repo, names, nil)
		if !errors.As(err, &status) || status.RetryAfter < 59*time.Minute || requests != 1 || !strings.Contains(err.Error(), "asks to wait for") {
			t.Errorf("Retry-After %s: want one request and the time in the error, got %d: %v", after, requests, err)
		}
	}
}
