package show

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// mostAnswerBytes is the largest answer that [Exchange] reads.
const mostAnswerBytes = 1 << 20

// Exchange sends a request to a service over HTTP and shows it, as a command of curl, with the status
// and the JSON of the answer. A nil body is a GET request; any other is sent as JSON in a POST request.
// A status other than 200 is shown, too, and no error.
func Exchange(ctx context.Context, url string, body any) (Figures, error) {
	var f Figures
	method, sent, curl := http.MethodGet, []byte(nil), "curl "+url
	if body != nil {
		var err error
		if sent, err = marshal(body); err != nil {
			return f, fmt.Errorf("the body of the request to %s: %w", url, err)
		}
		method, curl = http.MethodPost, fmt.Sprintf("curl --json '%s' %s", strings.ReplaceAll(string(sent), "'", `'\''`), url)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(sent))
	if err != nil {
		return f, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return f, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswerBytes+1))
	switch {
	case err != nil:
		return f, fmt.Errorf("%s %s: the answer: %w", method, url, err)
	case len(answer) > mostAnswerBytes:
		return f, fmt.Errorf("%s %s: the answer has more than %d bytes", method, url, mostAnswerBytes)
	}
	f.note("%s", curl)
	shown := strings.TrimSpace(string(answer))
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(shown), "", "  ") == nil {
		shown = innermost.ReplaceAllStringFunc(indented.String(), onOneLine)
	}
	f.note("%s\n%s", response.Status, shown)
	return f, nil
}

// innermost are the objects and lists of indented JSON that contain no others.
var innermost = regexp.MustCompile(`[\[{]\n[^\[\]{}]*\n *[\]}]`)

var lineBreak = regexp.MustCompile(`\n *`)

// onOneLine writes an object or a list of indented JSON on one line, if it is short.
func onOneLine(text string) string {
	const longest = 100
	parts := lineBreak.Split(text, -1)
	inner := strings.Join(parts[1:len(parts)-1], " ")
	if len(inner) > longest {
		return text
	}
	return parts[0] + inner + parts[len(parts)-1]
}

// marshal returns JSON that keeps the letters <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}
