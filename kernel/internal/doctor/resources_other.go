//go:build !linux

package doctor

import "errors"

// memory returns the machine's memory and how much of it a program could have, in bytes.
func memory() (total, available uint64, err error) { return 0, 0, errors.ErrUnsupported }
