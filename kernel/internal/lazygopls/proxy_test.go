package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serverLog is the file in which the test's language server notes its messages.
const serverLog = "LORABOOK_TEST_SERVER_LOG"

// TestServer is the language server of the test below: it replies to each request with the
// request's method. On its own it does nothing.
func TestServer(t *testing.T) {
	path := os.Getenv(serverLog)
	if path == "" {
		return
	}
	log, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(os.Stdin)
	for {
		text, err := read(in)
		if err != nil {
			fmt.Fprintln(log, "end")
			os.Exit(0)
		}
		var m message
		_ = json.Unmarshal(text, &m)
		fmt.Fprintln(log, m.Method)
		if m.Method == "initialize" {
			_ = write(os.Stdout, []byte(`{"jsonrpc":"2.0","method":"window/logMessage","params":{}}`))
		}
		if m.ID != nil {
			_ = write(os.Stdout, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"result":%q}`, m.ID, m.Method))
		}
	}
}

// TestServerStartsWithTheFirstQuestion: the client is answered at once, the server starts with
// the first message about a document, gets all messages in their order, and ends with the
// client.
func TestServerStartsWithTheFirstQuestion(t *testing.T) {
	dir := t.TempDir()
	log, socket := filepath.Join(dir, "log"), filepath.Join(dir, "socket")
	t.Setenv(serverLog, log)
	go func() { _ = listen(socket, []string{os.Args[0], "-test.run=^TestServer$"}) }()
	var client net.Conn
	var err error
	for range 500 {
		if client, err = net.Dial("unix", socket); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(client)
	send := func(text string) {
		t.Helper()
		if err := write(client, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	receive := func(want string) {
		t.Helper()
		_ = client.SetReadDeadline(time.Now().Add(time.Minute))
		text, err := read(in)
		if err != nil || !strings.Contains(string(text), want) {
			t.Fatalf("got %s, %v, expected %s", text, err, want)
		}
	}
	send(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`)
	receive(`"id":1,"result":{"capabilities"`)
	send(`{"jsonrpc":"2.0","method":"initialized","params":{}}`)
	time.Sleep(200 * time.Millisecond)
	if _, err := os.Stat(log); err == nil {
		t.Error("the server was started before a question")
	}
	send(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{}}`)
	receive("window/logMessage")
	send(`{"jsonrpc":"2.0","id":2,"method":"textDocument/hover","params":{}}`)
	receive(`"id":2,"result":"textDocument/hover"`)
	_ = client.Close()
	const want = "initialize\ninitialized\ntextDocument/didOpen\ntextDocument/hover\nend\n"
	for range 1000 {
		if text, _ := os.ReadFile(log); string(text) == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	text, _ := os.ReadFile(log)
	t.Errorf("the server got %q, expected %q", text, want)
}

func TestReadRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"Content-Length: many\r\n\r\n": "invalid syntax",
		"Other: 1\r\n\r\n":             "Content-Length -1",
		"Content-Length: 5\r\n\r\nabc": "unexpected EOF",
	} {
		if got, err := read(bufio.NewReader(strings.NewReader(text))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
