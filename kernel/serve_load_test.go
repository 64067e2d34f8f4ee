package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/loadtest"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// askedTexts are texts of the toy model, all different.
func askedTexts(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("a film %s %s", strings.Repeat("k ", i%7), strings.Repeat("b ", i/7))
	}
	return texts
}

// reply is the answer to one text.
type reply struct {
	Label  string
	Score  float64
	Tokens int
}

// equals compares two answers to one text, whose last digits depend on the texts that were computed
// with it.
func (r reply) equals(other reply) bool {
	return r.Label == other.Label && r.Tokens == other.Tokens && math.Abs(r.Score-other.Score) < 1e-5
}

// errNotAccepted is an end of a request without an answer, which its client notices: a refusal, or a
// connection that failed.
var errNotAccepted = errors.New("not answered")

// askOnce sends a text on a connection of its own. Every end except the whole answer and an
// errNotAccepted is a mistake of the service.
func askOnce(ctx context.Context, address, text string) (reply, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	body, err := json.Marshal(map[string]any{"inputs": []string{text}})
	if err != nil {
		return reply{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/v1/classify", strings.NewReader(string(body)))
	if err != nil {
		return reply{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return reply{}, fmt.Errorf("%w: %w", errNotAccepted, err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	switch code := response.StatusCode; {
	case (code == http.StatusServiceUnavailable || code == http.StatusTooManyRequests) && response.Header.Get("Retry-After") != "":
		return reply{}, fmt.Errorf("%w: %s", errNotAccepted, response.Status)
	case err != nil: // the connection failed in the middle of the body
		return reply{}, fmt.Errorf("%w: %w", errNotAccepted, err)
	case code != http.StatusOK:
		return reply{}, fmt.Errorf("%s: %s", response.Status, content)
	}
	var got struct{ Answers []reply }
	if err := json.Unmarshal(content, &got); err != nil || len(got.Answers) != 1 || got.Answers[0].Label == "" {
		return reply{}, fmt.Errorf("200 with %q: %w", content, err)
	}
	return got.Answers[0], nil
}

// TestServeKills: a service that is killed, and ended by SIGTERM, in the middle of requests and started
// again loses no answer silently: each request ends with its whole and right answer, a refusal, or a
// connection that fails, and clients that ask again get every answer.
func TestServeKills(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	run := func() *serving {
		s := startServe(t, "--listen", address, "letters=testdata/runs/finished")
		s.await(t, "msg=ready")
		go func() { // the log must not fill its pipe
			for s.log.Scan() {
			}
		}()
		return s
	}
	s := run()
	texts := askedTexts(40)
	want := make([]reply, len(texts))
	for i, text := range texts {
		if want[i], err = askOnce(t.Context(), address, text); err != nil {
			t.Fatal(err)
		}
	}
	const rounds, clients = 4, 4
	var mu sync.Mutex
	answered, lost := 0, 0
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return answered
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var running sync.WaitGroup
	for first := range clients {
		running.Go(func() {
			for i := first; ctx.Err() == nil; i = (i + clients) % len(texts) {
				got, err := askOnce(ctx, address, texts[i])
				mu.Lock()
				switch {
				case err == nil && got.equals(want[i]):
					answered++
				case err == nil:
					t.Errorf("text %d: %+v, expected %+v", i, got, want[i])
				case errors.Is(err, errNotAccepted):
					lost++
				case ctx.Err() == nil:
					t.Errorf("text %d: %v", i, err)
				}
				mu.Unlock()
				if err != nil {
					time.Sleep(5 * time.Millisecond)
				}
			}
		})
	}
	for round := range rounds {
		for before := count(); count() < before+25; { // requests are in flight at all times
			time.Sleep(time.Millisecond)
		}
		how := []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[round%2]
		if err := s.Process.Signal(how); err != nil {
			t.Fatal(err)
		}
		if err := s.Wait(); (err == nil) != (how == syscall.SIGTERM) {
			t.Errorf("after %v the process ended with %v", how, err)
		}
		s = run()
	}
	for before := count(); count() < before+25; {
		time.Sleep(time.Millisecond)
	}
	stop()
	running.Wait()
	if lost == 0 {
		t.Error("no request was interrupted: the test shows nothing")
	}
	t.Logf("%d right answers, %d requests that had to be sent again, in %d kills and restarts", answered, lost, rounds)
}

// metric returns the sum of a metric over its labels.
func metric(t *testing.T, address, name string) float64 {
	t.Helper()
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, m := range regexp.MustCompile(`(?m)^`+name+`(?:\{.*\})? (\S+)$`).FindAllStringSubmatch(string(text), -1) {
		value, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += value
	}
	return sum
}

// randomAdapter makes the folder of a random adapter of rank 8 on a model.
func randomAdapter(t *testing.T, dir string) string {
	t.Helper()
	labels := []string{"neg", "pos"}
	m, err := bert.Open(t.Context(), dir, bert.Options{Head: bert.Classification, Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	a, err := lora.New(lora.Config{R: 8, Init: lora.InitRandom, BaseModel: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Inject(m.Store, m.DenseModules(), 1); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "adapter")
	if err := errors.Join(a.Save(to), lora.WriteLabels(to, labels, "")); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestServeOverload: at twice its capacity the service answers what it accepts, and refuses the rest
// with 429 and Retry-After; afterwards nothing is left behind. LORABOOK_SERVE_OVERLOAD, a time such as
// 10m, makes the long form, which also bounds the memory and the latencies. Its model is bert-base-cased
// of LORABOOK_BERT: with a toy model the clients run out of connections before the service is busy. The
// short form therefore sends at most 1,000 requests a second, which can all be open at once where other
// programs hold up the service, and ends with a burst of requests that each fill the queue.
func TestServeOverload(t *testing.T) {
	duration, long := 2*time.Second, false
	if v := os.Getenv("LORABOOK_SERVE_OVERLOAD"); v != "" {
		var err error
		if duration, err = time.ParseDuration(v); err != nil {
			t.Fatalf("LORABOOK_SERVE_OVERLOAD=%s: expected a time such as 10m", v)
		}
		long = true
	}
	queue := 4
	if long {
		queue = 16
	}
	var s *serving
	capacity := time.Second // in which it is measured
	if long {
		dir := testenv.Need(t, "LORABOOK_BERT")
		s = startServeOn(t, "", "--queue", strconv.Itoa(queue), "--model", dir, "random="+randomAdapter(t, dir))
		capacity = 10 * time.Second
	} else {
		s = startServe(t, "--queue", strconv.Itoa(queue), "letters=testdata/runs/finished")
	}
	s.await(t, "msg=ready")
	go func() {
		for s.log.Scan() {
		}
	}()
	address := strings.TrimPrefix(s.url, "http://")
	client, err := loadtest.NewClient(s.url, "", askedTexts(40), nil, nil, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	full := loadtest.ClosedLoop(t.Context(), client.Ask, queue, capacity)
	if full.Failures > 0 || len(full.Latencies) == 0 {
		t.Fatalf("the capacity: %v", full)
	}
	memory := func() int64 {
		text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.Process.Pid), "status"))
		if err != nil {
			t.Skipf("the long form needs Linux: %v", err)
		}
		m := regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`).FindSubmatch(text)
		kilobytes, err := strconv.ParseInt(string(m[1]), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return kilobytes << 10
	}
	rate := 2 * full.PerSecond()
	if !long { // also on a machine that others use meanwhile
		rate = min(max(rate, 40), 1000)
	}
	texts := metric(t, address, "lorabook_texts_total")
	var early int64
	if long {
		loadtest.OpenLoop(t.Context(), client.Ask, rate, duration/10, 2)
		early = memory()
		texts = metric(t, address, "lorabook_texts_total")
	}
	r := loadtest.OpenLoop(t.Context(), client.Ask, rate, duration, 1)
	t.Logf("capacity %.0f/s; at %.0f/s: %v", full.PerSecond(), rate, r)
	if r.Failures > 0 {
		t.Errorf("%d of %d requests had no answer and no refusal: %s", r.Failures, r.Sent(), r.LastError)
	}
	if got := metric(t, address, "lorabook_texts_total") - texts; got != float64(len(r.Latencies)) {
		t.Errorf("the service answered %v texts, and the clients got %d", got, len(r.Latencies))
	}
	if got := metric(t, address, "lorabook_queue_texts"); got != 0 {
		t.Errorf("%v texts wait after the load", got)
	}
	if !long {
		burst(t, s.url, queue)
		return
	}
	if len(r.Refusals) == 0 {
		t.Error("at twice the capacity no request was refused")
	}
	late := memory()
	t.Logf("memory %d MB after a tenth of the time, %d MB at the end", early>>20, late>>20)
	if late > early+early/10 {
		t.Errorf("the memory grew from %d to %d bytes", early, late)
	}
	if p99, limit := loadtest.Percentile(r.Refusals, 99), loadtest.Percentile(r.Latencies, 50); p99 > limit {
		t.Errorf("refusals take %v (p99), longer than half of the answers, %v", p99, limit)
	}
	if p99, limit := loadtest.Percentile(r.Latencies, 99), 5*time.Duration(float64(queue)/full.PerSecond()*float64(time.Second)); p99 > limit {
		t.Errorf("p99 of the accepted requests is %v, more than five times the time of a full queue, %v", p99, limit)
	}
}

// burst sends requests of as many texts as the queue holds from many clients at once, until one is
// refused: of three requests that the service has at the same time, one more than it computes and
// one more than waits, the last is. It expects 429 with Retry-After, and all answers to the others.
func burst(t *testing.T, url string, queue int) {
	t.Helper()
	const clients, limit = 32, time.Minute
	texts := askedTexts(queue)
	body, err := json.Marshal(map[string]any{"inputs": texts})
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(url, "http://")
	before := metric(t, address, "lorabook_texts_total")
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	var answered, refused atomic.Int64
	ask := func() error {
		response, err := client.Post(url+"/v1/classify", "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer response.Body.Close()
		content, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		switch response.StatusCode {
		case http.StatusOK:
			var got struct{ Answers []reply }
			if err := json.Unmarshal(content, &got); err != nil || len(got.Answers) != queue {
				return fmt.Errorf("200 with %d answers, expected %d: %w", len(got.Answers), queue, err)
			}
			answered.Add(1)
		case http.StatusTooManyRequests:
			if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err != nil || seconds < 1 {
				return fmt.Errorf("429 with Retry-After %q, expected seconds", response.Header.Get("Retry-After"))
			}
			refused.Add(1)
		default:
			return fmt.Errorf("%s: %s, expected 200 or 429", response.Status, content)
		}
		return nil
	}
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			for first := true; first || refused.Load() == 0 && ctx.Err() == nil && !t.Failed(); first = false {
				if err := ask(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
	t.Logf("burst: %d requests of %d texts answered, %d refused", answered.Load(), queue, refused.Load())
	if refused.Load() == 0 {
		t.Errorf("%d clients, each with a request that fills the queue: no request was refused in %v", clients, limit)
	}
	if got := metric(t, address, "lorabook_texts_total") - before; got != float64(answered.Load())*float64(queue) {
		t.Errorf("the service answered %v texts, and the clients got %d times %d", got, answered.Load(), queue)
	}
	if got := metric(t, address, "lorabook_queue_texts"); got != 0 {
		t.Errorf("%v texts wait after the burst", got)
	}
}
