package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Client sends requests to a service. It is safe for concurrent use.
type Client struct {
	http     *http.Client
	url      string
	token    string
	bodies   [][]byte // JSON, one per request, in turn
	timeout  time.Duration
	expected int // answers of a request
}

// NewClient returns a client of the service at the address url. Its requests have one text each, in
// turn, and an adapter that pick chooses; without adapters they name none. token is the bearer
// token, "" for none.
func NewClient(url, token string, texts, adapters []string, pick func(n int) int, timeout time.Duration) (*Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.MaxIdleConns = 1024, 1024
	transport.Proxy = nil
	c := &Client{http: &http.Client{Transport: transport}, url: url + "/v1/classify", token: token, timeout: timeout, expected: 1}
	for _, text := range texts {
		body := map[string]any{"inputs": []string{text}}
		if len(adapters) > 0 {
			body["adapter"] = adapters[pick(len(adapters))]
		}
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		c.bodies = append(c.bodies, encoded)
	}
	return c, nil
}

// Ask sends request i and reads its answer. The requests repeat after the last text.
func (c *Client) Ask(ctx context.Context, i int) (Outcome, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(c.bodies[i%len(c.bodies)]))
	if err != nil {
		return Failed, err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return Failed, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return Failed, err
	}
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		if response.Header.Get("Retry-After") == "" {
			return Failed, fmt.Errorf("%s without Retry-After", response.Status)
		}
		return Refused, nil
	default:
		return Failed, fmt.Errorf("%s: %.200s", response.Status, body)
	}
	var answer struct{ Answers []json.RawMessage }
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Answers) != c.expected {
		return Failed, fmt.Errorf("%d answers, expected %d: %.200s", len(answer.Answers), c.expected, body)
	}
	return Answered, nil
}
