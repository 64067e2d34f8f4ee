//go:build !(cgo && linux && (amd64 || arm64) && !noxla)

package programs

// Keep does nothing in this build: it has no XLA, or on a system where this was not tried.
func Keep(path, dir string) error { return nil }
