package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Causes of a failed download, for errors.Is.
var (
	ErrNotFound     = errors.New("not found on the hub")
	ErrUnauthorized = errors.New("the hub refuses access")
	ErrOffline      = errors.New("not in the cache, and downloading is forbidden")
	ErrCorrupt      = errors.New("unexpected response of the hub")
	ErrInterrupted  = errors.New("the download was interrupted")
)

// StatusError is a response with an HTTP status that reports a failure.
type StatusError struct {
	URL     string // without a password and without a query's values
	Status  int    // HTTP's number
	Code    string // the hub's code, such as RepoNotFound or GatedRepo; may be empty
	Message string // the server's message, one line without control characters or secrets; may be empty
	Reason  string // the likely cause, and what to do
	// RetryAfter is the time that the server asks to wait (HTTP's Retry-After); 0 if it asks for none.
	RetryAfter time.Duration
}

// Error implements error.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%s answers %d %s", e.URL, e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		text += " (" + e.Message + ")"
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(", and asks to wait for %v", e.RetryAfter)
	}
	return text + ": " + e.Reason
}

// statusReason returns the likely cause of a status, and the remedy.
func statusReason(status int) string {
	switch {
	case status == http.StatusUnauthorized && token() == "":
		return "the name is wrong, or it is private or gated: check the spelling, or set HF_TOKEN to a token that may read it"
	case status == http.StatusUnauthorized:
		return "HF_TOKEN is not accepted, or the name is wrong: set a token that may read it"
	case status == http.StatusForbidden:
		return "it is gated: accept its terms on its page on the hub, and set HF_TOKEN to a token that may read it"
	case status == http.StatusNotFound:
		return "repository, revision or file not found: check the spelling, \"owner/name\""
	case status == http.StatusTooManyRequests:
		return "too many requests: wait, or set HF_TOKEN"
	case status >= 500:
		return "the server is in trouble: try again, or choose another with HF_ENDPOINT"
	}
	return "HF_ENDPOINT chooses the server"
}

// Is groups the numbers that a caller would treat alike.
func (e *StatusError) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden
	}
	return false
}

const (
	// stall is the time limit for a response without data.
	stall = time.Minute
	// attempts is how often a download that breaks off is taken up again.
	attempts = 3
	// longestWait is the longest Retry-After that is waited for; a longer one is reported at once.
	longestWait = time.Minute
)

var client = &http.Client{Transport: authorized{transport()}}

func transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 20 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.ResponseHeaderTimeout = stall
	return t
}

// get requests an address from the given byte on. The response is a success; its body breaks
// with an error when the server falls silent. Redirects to another origin are followed without
// the token (see authorized).
func get(ctx context.Context, address string, from int64) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel(nil)
		return nil, maskError(err)
	}
	request.Header.Set("User-Agent", "lorabook")
	request.Header.Set("Accept-Encoding", "identity") // a range of compressed bytes would be of no use
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := client.Do(request)
	if err != nil {
		cancel(nil)
		return nil, broken(maskError(err))
	}
	response.Body = watch(response.Body, cancel)
	switch response.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
		return response, nil
	}
	defer response.Body.Close()
	message := response.Header.Get("X-Error-Message")
	if message == "" {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 200))
		if kind := describeResponse(body); kind == "an HTML page" {
			message = kind
		} else {
			message = string(body)
		}
	}
	return nil, &StatusError{URL: maskAddress(address), Status: response.StatusCode,
		Code: maskText(response.Header.Get("X-Error-Code")), Message: maskText(message), Reason: statusReason(response.StatusCode),
		RetryAfter: retryAfter(response.Header.Get("Retry-After"))}
}

// watched cancels its request when no byte has come for too long.
type watched struct {
	io.ReadCloser
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func watch(body io.ReadCloser, cancel context.CancelCauseFunc) io.ReadCloser {
	return &watched{body, cancel, time.AfterFunc(stall, func() { cancel(errSilent) })}
}

var errSilent = fmt.Errorf("the server sent nothing for %v: %w", stall, ErrInterrupted)

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	w.timer.Reset(stall)
	return n, err
}

func (w *watched) Close() error {
	w.timer.Stop()
	err := w.ReadCloser.Close()
	w.cancel(nil)
	return err
}

// broken marks a connection error that another attempt may resolve.
func broken(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrInterrupted, err)
}
