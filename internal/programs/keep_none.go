//go:build !(cgo && linux && (amd64 || arm64) && !noxla)

package programs

// Keep has no effect in this build, which lacks XLA or is for an untested system.
func Keep(path, dir string) error { return nil }
