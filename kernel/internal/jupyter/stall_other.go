//go:build !linux

package jupyter

// What a process waits for is known on Linux only. Elsewhere a limit for cells ends one
// that waits for ever.

func (p *osProcess) members() map[int]bool     { return nil }
func (p *osProcess) stall(map[int]bool) *stall { return nil }
func (p *osProcess) release(*stall)            {}
