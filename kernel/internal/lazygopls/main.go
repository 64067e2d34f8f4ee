// Command gopls stands before the real gopls for GoNB. GoNB starts a gopls for each notebook,
// "gopls -listen unix;SOCKET", and connects to it, although most notebooks never ask for help.
// This command listens instead, with a few megabytes of memory. When a cell first asks for
// completion or help, it starts the real gopls, which lies in the parent folder, with
// -remote=auto: all notebooks share one daemon, which ends half a minute after the last of them.
//
// Called with other arguments, it is the real gopls.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gopls:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	gopls := filepath.Join(filepath.Dir(filepath.Dir(self)), "gopls")
	if len(args) == 2 && args[0] == "-listen" {
		if socket, ok := strings.CutPrefix(args[1], "unix;"); ok {
			return listen(socket, []string{gopls, "-remote=auto", "-remote.listen.timeout=" + daemonTimeout})
		}
	}
	return syscall.Exec(gopls, append([]string{gopls}, args...), os.Environ())
}

// daemonTimeout is the time for which the daemon outlives its last client.
const daemonTimeout = "30s"
