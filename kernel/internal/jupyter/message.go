package jupyter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// protocolVersion is the version of the messaging protocol that requests speak.
const protocolVersion = "5.4"

// Header identifies a message.
type Header struct {
	MsgID    string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"` // ISO 8601
	MsgType  string `json:"msg_type"`
	Version  string `json:"version"`
}

// Message is a message from or to a kernel.
type Message struct {
	Header Header
	// Parent is the header of the request that this message answers or belongs to; its
	// MsgID is empty if there is none.
	Parent  Header
	Content json.RawMessage
}

// Decode reads the message's content into v. Numbers in free-form values become
// [json.Number].
func (m *Message) Decode(v any) error {
	decoder := json.NewDecoder(bytes.NewReader(m.Content))
	decoder.UseNumber()
	if err := decoder.Decode(v); err != nil {
		return fmt.Errorf("the kernel's message %s is malformed: %w", m.Header.MsgType, err)
	}
	return nil
}

func newMessage(session, msgType string, content any) (*Message, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return nil, err
	}
	return &Message{
		Header: Header{
			MsgID:    uuid.NewString(),
			Session:  session,
			Username: "lorabook",
			Date:     time.Now().UTC().Format(time.RFC3339Nano),
			MsgType:  msgType,
			Version:  protocolVersion,
		},
		Content: text,
	}, nil
}
