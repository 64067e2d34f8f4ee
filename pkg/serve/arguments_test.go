package serve

import (
	"math"
	"net"
	"strings"
	"testing"
	"time"
)

// TestArguments: a handler and a server that cannot work are refused when they are made.
func TestArguments(t *testing.T) {
	used := NewMetrics()
	handlerOf(t, newFake(), Options{Metrics: used})
	for want, c := range map[string]struct {
		service Service
		options Options
	}{
		"service is missing":      {nil, Options{}},
		"MaxBody is -1":           {newFake(), Options{MaxBody: -1}},
		"MaxInputs is -1":         {newFake(), Options{MaxInputs: -1}},
		"Rate is NaN":             {newFake(), Options{Rate: math.NaN()}},
		"Timeout is":              {newFake(), Options{Timeout: -time.Second}},
		"not made by NewMetrics":  {newFake(), Options{Metrics: &Metrics{}}},
		"another handler already": {newFake(), Options{Metrics: used}},
	} {
		if _, err := New(c.service, c.options); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected an error with %q", err, want)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	h := handlerOf(t, newFake(), Options{})
	for want, run := range map[string]func() error{
		"listener is missing": func() error { return Run(t.Context(), nil, h, RunOptions{}) },
		"not made by New":     func() error { return Run(t.Context(), listener, &Handler{}, RunOptions{}) },
		"DrainTimeout -1s":    func() error { return Run(t.Context(), listener, h, RunOptions{DrainTimeout: -time.Second}) },
	} {
		if err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected an error with %q", err, want)
		}
	}
}
