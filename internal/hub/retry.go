package hub

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retry calls f again when the connection broke or the server was in trouble.
func retry(ctx context.Context, f func() error) error {
	for i := 1; ; i++ {
		err := f()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var status *StatusError
		again := errors.Is(err, ErrInterrupted) || errors.As(err, &status) && (status.Status >= 500 || status.Status == http.StatusTooManyRequests)
		if err == nil || !again || i == attempts {
			return err
		}
		wait := time.Duration(i) * 300 * time.Millisecond
		if status != nil && status.RetryAfter > longestWait {
			return err
		} else if status != nil {
			wait = max(wait, status.RetryAfter)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// retryAfter reads HTTP's Retry-After: seconds or a date (RFC 9110, 10.2.3). A value that is neither
// counts as none.
func retryAfter(value string) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), 1<<30)) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date).Round(time.Second))
	}
	return 0
}
