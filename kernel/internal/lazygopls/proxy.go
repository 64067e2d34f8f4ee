package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// listen serves clients on a Unix socket until the process ends. server is the command line of
// the language server, which reads standard input and writes standard output.
func listen(socket string, server []string) error {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer client.Close()
			if err := serve(client, server); err != nil && !errors.Is(err, io.EOF) {
				fmt.Fprintln(os.Stderr, "gopls:", err)
			}
		}()
	}
}

// message is the part of an LSP message that selects its handling.
type message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
}

// serve answers the client's initialization, and starts the server at its first request about a
// document.
func serve(client io.ReadWriter, server []string) error {
	in := bufio.NewReader(client)
	var early [][]byte // messages that the server has not received
	var initialize json.RawMessage
	for {
		text, err := read(in)
		if err != nil {
			return err
		}
		var m message
		if err := json.Unmarshal(text, &m); err != nil {
			return fmt.Errorf("a message is no JSON object: %w", err)
		}
		early = append(early, text)
		switch {
		case m.Method == "initialize":
			initialize = m.ID
			if err := write(client, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":{"capabilities":{}}}`, m.ID)); err != nil {
				return err
			}
		case m.Method == "initialized":
		default:
			return forward(client, in, early, initialize, server)
		}
	}
}

// forward starts the server, sends it the early messages, and connects it with the client. The
// server's reply to initialize is dropped: the client has one.
func forward(client io.Writer, in *bufio.Reader, early [][]byte, initialize json.RawMessage, server []string) error {
	cmd := exec.Command(server[0], server[1:]...)
	cmd.Stderr = os.Stderr
	if os.Getenv("USER") == "" { // gopls names the daemon's socket after it, or shares it with other users
		cmd.Env = append(os.Environ(), fmt.Sprintf("USER=%d", os.Getuid()))
	}
	to, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	from, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = to.Close() // upon which the server ends
		_ = cmd.Wait()
	}()
	answers := make(chan error, 1)
	initialized := make(chan struct{})
	go func() { answers <- answer(client, bufio.NewReader(from), initialize, initialized) }()
	requests := make(chan error, 1)
	go func() {
		for i, text := range early {
			if err := write(to, text); err != nil {
				requests <- err
				return
			}
			if i == 0 && initialize != nil {
				<-initialized // the protocol allows no other message before
			}
		}
		_, err := io.Copy(to, in)
		requests <- err
	}()
	select {
	case err = <-requests:
	case err = <-answers:
	}
	return err
}

// answer copies the server's messages to the client, except the reply to initialize.
func answer(client io.Writer, from *bufio.Reader, initialize json.RawMessage, initialized chan<- struct{}) error {
	for waiting := initialize != nil; waiting; {
		text, err := read(from)
		if err != nil {
			close(initialized)
			return err
		}
		var m message
		if err := json.Unmarshal(text, &m); err == nil && m.Method == "" && bytes.Equal(m.ID, initialize) {
			close(initialized)
			waiting = false
		} else if err := write(client, text); err != nil {
			close(initialized)
			return err
		}
	}
	_, err := io.Copy(client, from)
	return err
}

// maxMessage bounds a message; gopls's are a few megabytes at most.
const maxMessage = 256 << 20

// read reads a message: a header with its Content-Length, an empty line, and its text.
func read(r *bufio.Reader) ([]byte, error) {
	length := -1
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Content-Length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return nil, fmt.Errorf("header %q: %w", line, err)
			}
		}
	}
	if length < 0 || length > maxMessage {
		return nil, fmt.Errorf("a message has the Content-Length %d, expected 0 to %d", length, maxMessage)
	}
	text := make([]byte, length)
	_, err := io.ReadFull(r, text)
	return text, err
}

// write writes a message with its header.
func write(w io.Writer, text []byte) error {
	_, err := w.Write(fmt.Appendf(nil, "Content-Length: %d\r\n\r\n%s", len(text), text))
	return err
}
