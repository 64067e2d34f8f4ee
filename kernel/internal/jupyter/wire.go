package jupyter

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// delimiter ends the routing prefix of a message's frames.
const delimiter = "<IDS|MSG>"

// ErrSignature reports a message that was not signed with the connection's key.
var ErrSignature = errors.New("the message's signature is wrong: it does not come from the kernel, or the kernel has another key")

// encode returns the frames of a message: delimiter, signature, header, parent header,
// metadata, content. An empty key leaves the signature empty.
func encode(m *Message, key []byte) ([][]byte, error) {
	header, err := json.Marshal(m.Header)
	if err != nil {
		return nil, err
	}
	parent := []byte("{}")
	if m.Parent.MsgID != "" {
		if parent, err = json.Marshal(m.Parent); err != nil {
			return nil, err
		}
	}
	parts := [][]byte{header, parent, []byte("{}"), m.Content}
	return append([][]byte{[]byte(delimiter), sign(parts, key)}, parts...), nil
}

// decode reads a message from its frames and checks the signature. Binary buffers that
// may follow the content are not read.
func decode(frames [][]byte, key []byte) (*Message, error) {
	for len(frames) > 0 && string(frames[0]) != delimiter {
		frames = frames[1:] // the routing prefix: identities or the topic
	}
	if len(frames) < 6 {
		return nil, fmt.Errorf("found a message of %d frames, expected %s and five more frames of a Jupyter message", len(frames), delimiter)
	}
	parts := frames[2:6]
	if len(key) > 0 && !hmac.Equal(frames[1], sign(parts, key)) {
		return nil, ErrSignature
	}
	m := new(Message)
	for i, target := range []any{&m.Header, &m.Parent} {
		if err := json.Unmarshal(parts[i], target); err != nil {
			return nil, fmt.Errorf("a message's %s is malformed: %w", []string{"header", "parent header"}[i], err)
		}
	}
	if m.Header.MsgType == "" {
		return nil, errors.New(`a message's header has no "msg_type"`)
	}
	if !json.Valid(parts[3]) {
		return nil, fmt.Errorf("the content of a message %s is not JSON", m.Header.MsgType)
	}
	m.Content = bytes.Clone(parts[3])
	return m, nil
}

func sign(parts [][]byte, key []byte) []byte {
	if len(key) == 0 {
		return nil
	}
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		mac.Write(part)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}
