//go:build !linux

package jupyter

// Only Linux reports what a process waits for. On other systems a time limit for cells ends a
// blocked cell.

func (p *osProcess) before() known      { return known{} }
func (p *osProcess) stall(known) *stall { return nil }
func (p *osProcess) release(*stall)     {}
