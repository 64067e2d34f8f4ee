package main

import "fmt"

// result is one measurement of one side.
type result struct {
	Items     float64 `json:"items"`              // tokens, reviews or trainings
	Seconds   float64 `json:"seconds"`            // for all items
	WarmUp    float64 `json:"warm_up"`            // seconds from the process's start to the measurement: imports, compilation, a first pass
	Accuracy  float64 `json:"accuracy,omitempty"` // on the test reviews, if the recipe measures it
	PeakBytes int64   `json:"peak_bytes"`         // largest resident memory
	IDs       string  `json:"ids,omitempty"`      // digest of the token ids of a tokenizing task, see digestOf
	Versions  string  `json:"versions"`           // of the libraries and the engine
}

// speed returns items per second.
func (r result) speed() float64 { return r.Items / r.Seconds }

// megabytes returns the peak memory in units of 2^20 bytes.
func (r result) megabytes() float64 { return float64(r.PeakBytes) / (1 << 20) }

// value returns the result in the task's unit.
func (t task) value(r result) float64 {
	if t.ours.Kind.seconds() {
		return r.Seconds
	}
	return r.speed()
}

func (t task) text(r result) string {
	if t.ours.judged() {
		return fmt.Sprintf("%.1f %s (%.1f %%)", t.value(r), t.ours.Kind.unit(), 100*r.Accuracy)
	}
	return fmt.Sprintf("%.1f %s", t.value(r), t.ours.Kind.unit())
}

// pair is one round: a result of each side.
type pair struct {
	Ours result `json:"ours"`
	Peer result `json:"peer"`
}
