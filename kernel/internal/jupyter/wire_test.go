package jupyter

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/memorytest"
)

// Made with Python's hmac module:
// hmac.new(b"a-key", b'{"msg_id":"1","msg_type":"status"}' + b"{}" + b"{}" + b'{"a":1}', "sha256").hexdigest()
const pythonsSignature = "713cc5ff5ba8de82b59dffa4a44052de92b019b99b97b34d2f4d2ebf2e9421be"

func TestDecode(t *testing.T) {
	key := []byte("a-key")
	frames := func(parts ...string) [][]byte {
		var frames [][]byte
		for _, part := range parts {
			frames = append(frames, []byte(part))
		}
		return frames
	}
	header := `{"msg_id":"1","msg_type":"status"}`
	sound := frames("topic", "<IDS|MSG>", pythonsSignature, header, "{}", "{}", `{"a":1}`, "buffer")
	m, err := decode(sound, key)
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.MsgID != "1" || m.Header.MsgType != "status" || m.Parent.MsgID != "" || string(m.Content) != `{"a":1}` {
		t.Errorf("%+v", m)
	}

	if _, err := decode(frames("<IDS|MSG>", strings.Repeat("0", 64), header, "{}", "{}", "{}"), key); !errors.Is(err, ErrSignature) {
		t.Errorf("got %v, want ErrSignature", err)
	}
	changed := bytes.Clone(sound[6])
	changed[1] = 'b'
	if _, err := decode(append(sound[:6:6], changed), key); !errors.Is(err, ErrSignature) {
		t.Errorf("got %v, want ErrSignature", err)
	}
	for problem, bad := range map[string][][]byte{
		"0 frames":      nil,
		"5 frames":      frames("<IDS|MSG>", "", header, "{}", "{}"),
		"header is mal": frames("<IDS|MSG>", "", "[]", "{}", "{}", "{}"),
		"parent header": frames("<IDS|MSG>", "", header, "", "{}", "{}"),
		"msg_type":      frames("<IDS|MSG>", "", "{}", "{}", "{}", "{}"),
		"not JSON":      frames("<IDS|MSG>", "", header, "{}", "{}", "{"),
	} {
		if _, err := decode(bad, nil); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("got %v, want %q", err, problem)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("id\x00<IDS|MSG>\x00\x00{\"msg_type\":\"x\"}\x00{}\x00{}\x00{}"))
	f.Add([]byte("<IDS|MSG>"))
	f.Fuzz(func(t *testing.T, text []byte) {
		frames := bytes.Split(text, []byte{0})
		var m *Message
		var err error
		memorytest.Bounded(t, len(text), func() { m, err = decode(frames, nil) })
		if err != nil {
			return
		}
		again, err := encode(m, []byte("k"))
		if err != nil {
			t.Fatal(err)
		}
		if same, err := decode(again, []byte("k")); err != nil || same.Header != m.Header || !bytes.Equal(same.Content, m.Content) {
			t.Fatalf("%+v became %+v (%v)", m, same, err)
		}
	})
}
