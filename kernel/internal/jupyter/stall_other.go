//go:build !linux

package jupyter

// Only Linux reports what a process waits for. On other systems a time limit for cells ends a
// blocked cell.

func (p *osProcess) members() map[int]bool     { return nil }
func (p *osProcess) stall(map[int]bool) *stall { return nil }
func (p *osProcess) release(*stall)            {}
