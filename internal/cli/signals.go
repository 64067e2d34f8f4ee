package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// Signals returns the signals that end a command: SIGINT, SIGTERM, and SIGHUP, which a closed terminal
// and a lost connection of ssh send. A process that was started with nohup ignores SIGHUP, and goes on
// doing so.
func Signals() []os.Signal {
	list := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	return list
}
