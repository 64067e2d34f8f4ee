// Package heap returns Go memory to the system while large values are replaced one after another:
//
//	var replaced heap.Replaced
//	for _, v := range variables {
//		replaced.Add(v.Bytes()) // the previous value is garbage now
//	}
//	replaced.Return()
//
// Go's collector runs when the heap has doubled. A model that is moved from Go's memory to an
// engine's would be in memory twice until then.
package heap

import "runtime/debug"

// Step is the number of replaced bytes after which Add returns memory: at most that much garbage
// exists at a time. A collection takes about 5 ms, so that a model of 400 MB needs 30 ms.
const Step = 64 << 20

// Replaced counts the bytes of values that are garbage. The zero value is ready to use.
type Replaced struct{ bytes int64 }

// Add counts the bytes of a value that nothing refers to any more. For each Step bytes it returns
// the memory of all garbage to the system.
func (r *Replaced) Add(bytes int64) {
	r.bytes += bytes
	if r.bytes >= Step {
		r.Return()
	}
}

// Return returns the memory of all garbage to the system, unless nothing was added since it was
// called.
func (r *Replaced) Return() {
	if r.bytes > 0 {
		debug.FreeOSMemory()
		r.bytes = 0
	}
}
