package ahead

import (
	"context"
	"errors"
	"testing"
)

func TestRead(t *testing.T) {
	end := errors.New("end")
	count := func(yield func(int, error) bool) {
		for i := range 5 {
			if !yield(i, nil) {
				return
			}
		}
		yield(0, end)
	}
	items, stop := Read(t.Context(), count)
	defer stop()
	n := 0
	for item := range items {
		if n == 5 && item.Err != end || n < 5 && (item.Err != nil || item.Value != n) {
			t.Fatalf("element %d is %+v", n, item)
		}
		n++
	}
	if n != 6 {
		t.Errorf("%d elements, expected 5 and an error", n)
	}
}

// TestStop: a sequence is not read after stop, and no more than two elements ahead.
func TestStop(t *testing.T) {
	for name, end := range map[string]func(stop, cancel func()){
		"stop":    func(stop, _ func()) { stop() },
		"context": func(stop, cancel func()) { cancel(); stop() },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			read, ended := 0, false
			items, stop := Read(ctx, func(yield func(int, error) bool) {
				defer func() { ended = true }()
				for {
					read++
					if !yield(read, nil) {
						return
					}
				}
			})
			if item := <-items; item.Value != 1 {
				t.Errorf("the first element is %+v", item)
			}
			end(stop, cancel)
			// stop has waited for the end, so that no other goroutine writes these.
			if !ended {
				t.Error("the sequence is still read")
			}
			before := read
			if stop(); read != before {
				t.Errorf("%d elements read after stop, %d before", read, before)
			}
		})
	}
}
