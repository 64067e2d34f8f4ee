//go:build !linux && !darwin

package safetensors

// dropPages has no effect on this system.
func (f *File) dropPages(string) {}
