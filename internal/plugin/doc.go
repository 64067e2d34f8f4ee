// Package plugin finds XLA's compute plugin on this machine without loading it.
//
// XLA is reached through a shared library that speaks the PJRT C interface, one
// library a platform: "cpu", "cuda". The module github.com/gomlx/go-xla opens it,
// and needs cgo for that. This package finds an installed plugin before that. It needs no cgo,
// so that programs without a C compiler can use it. It searches the same folders, for the same
// names and in the same order, as go-xla v0.4.13 (pjrt/dynamiclib_*.go), so that go-xla opens
// the plugin that it finds.
package plugin
