package heap

import (
	"os"
	"runtime/debug"
	"sync"
)

// frugalPercent is the percentage of garbage, relative to the memory in use, at which Go's
// collector runs while memory is kept low. The default is 100.
const frugalPercent = 25

var frugal struct {
	sync.Mutex
	users, percent int // percent is the one to return to
}

// Frugal keeps garbage low until the returned function is called, at the price of more
// collections: at most a quarter of the memory in use, instead of as much again. It may be called
// by several goroutines; the last one that ends restores the earlier percentage. It does
// nothing if the environment variable GOGC is set, or the percentage is lower already, or the
// collector is turned off.
func Frugal() (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	frugal.Lock()
	defer frugal.Unlock()
	if frugal.users == 0 {
		frugal.percent = debug.SetGCPercent(frugalPercent)
		if frugal.percent < frugalPercent { // or negative, which turns the collector off
			debug.SetGCPercent(frugal.percent)
		}
	}
	frugal.users++
	return sync.OnceFunc(func() {
		frugal.Lock()
		defer frugal.Unlock()
		if frugal.users--; frugal.users == 0 {
			debug.SetGCPercent(frugal.percent)
		}
	})
}
