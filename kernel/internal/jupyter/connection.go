package jupyter

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"

	"github.com/google/uuid"
)

// Connection is the content of a connection file: a kernel's addresses, and the key that signs
// the messages.
type Connection struct {
	Transport       string `json:"transport"` // "tcp" or "ipc"
	IP              string `json:"ip"`        // for ipc the start of the sockets' paths
	ShellPort       int    `json:"shell_port"`
	IOPubPort       int    `json:"iopub_port"`
	StdinPort       int    `json:"stdin_port"`
	ControlPort     int    `json:"control_port"`
	HBPort          int    `json:"hb_port"`
	SignatureScheme string `json:"signature_scheme"` // "hmac-sha256"
	Key             string `json:"key"`
	KernelName      string `json:"kernel_name,omitempty"`
}

// maxSocketPath is the capacity of the shortest sun_path of the supported systems, without the
// final zero and the "-5" at the end of an address.
const maxSocketPath = 100

// newConnection chooses a kernel's addresses. Unix sockets in a private folder are preferred:
// unlike TCP ports, no other process can take them between choice and use, and no other user
// can open them.
func newConnection(dir string) (*Connection, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails, by its contract
	conn := &Connection{SignatureScheme: "hmac-sha256", Key: hex.EncodeToString(key)}
	conn.Transport, conn.IP = "ipc", filepath.Join(dir, "ipc")
	ports := []*int{&conn.ShellPort, &conn.IOPubPort, &conn.StdinPort, &conn.ControlPort, &conn.HBPort}
	if runtime.GOOS != "windows" && len(conn.IP) <= maxSocketPath {
		for i, port := range ports {
			*port = i + 1
		}
		return conn, nil
	}
	conn.Transport, conn.IP = "tcp", "127.0.0.1"
	for _, port := range ports {
		listener, err := net.Listen("tcp", conn.IP+":0")
		if err != nil {
			return nil, fmt.Errorf("no free port for the kernel: %w", err)
		}
		defer listener.Close() // all open at the same time, so that no port is assigned twice
		*port = listener.Addr().(*net.TCPAddr).Port
	}
	return conn, nil
}

// endpoint returns the ZeroMQ address of a port.
func (c *Connection) endpoint(port int) string {
	if c.Transport == "ipc" {
		return fmt.Sprintf("ipc://%s-%d", c.IP, port)
	}
	return fmt.Sprintf("%s://%s:%d", c.Transport, c.IP, port)
}

// write writes the connection file to dir, readable only by this user. Its name follows
// Jupyter's pattern, since kernels derive their ID from it.
func (c *Connection) write(dir string) (path string, err error) {
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "kernel-"+uuid.NewString()+".json")
	return path, os.WriteFile(path, text, 0o600)
}
