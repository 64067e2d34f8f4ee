//go:build !linux && !darwin

package doctor

import "errors"

// freeSpace returns the bytes that this user can still write at path.
func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
