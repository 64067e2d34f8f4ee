//go:build cgo && ((linux && (amd64 || arm64)) || (darwin && arm64)) && !noxla

package engine

import (
	"github.com/gomlx/go-xla/compute/xla"
)

func init() {
	// The plugin is installed by a command that pins it, never fetched on the way.
	xla.EnableAutoInstall(false)
}
