//go:build !unix

package private

import "io/fs"

func checkOwner(string, fs.FileInfo) error { return nil }
