package main

import "fmt"

// result is one measurement of one side.
type result struct {
	Items     float64 `json:"items"`              // tokens, reviews or trainings
	Seconds   float64 `json:"seconds"`            // that they took
	WarmUp    float64 `json:"warm_up"`            // seconds before, from the process's start: imports, compilation, a first pass
	Accuracy  float64 `json:"accuracy,omitempty"` // on the test reviews, where it was asked
	PeakBytes int64   `json:"peak_bytes"`         // most memory that was resident
	Versions  string  `json:"versions"`           // of what computed it
}

// speed is items a second.
func (r result) speed() float64 { return r.Items / r.Seconds }

// megabytes of memory, at the most.
func (r result) megabytes() float64 { return float64(r.PeakBytes) / (1 << 20) }

// value of a result in the task's unit.
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

// pair is a round.
type pair struct {
	Ours result `json:"ours"`
	Peer result `json:"peer"`
}
