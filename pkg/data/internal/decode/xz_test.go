package decode

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

// xzBlocks compresses a text in blocks.
func xzBlocks(t testing.TB, text string, size int64) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := xz.WriterConfig{BlockSize: size}.NewWriter(&out)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestXZBlocks: the dictionary of every block of every stream is checked before it is allocated. The
// size is stated in one byte; the blocks are small.
func TestXZBlocks(t *testing.T) {
	text := strings.Repeat("some text of which one block is not enough\n", 200)
	once := xzBlocks(t, text, 2000)
	whole := slices.Concat(once, []byte{0, 0, 0, 0}, once) // two streams with padding between them
	read := func(content []byte) (string, error) {
		content = slices.Clone(content)
		r, err := Xzipped.Reader(bufio.NewReader(bytes.NewReader(content)))
		if err != nil {
			return "", err
		}
		found, err := io.ReadAll(r)
		return string(found), err
	}
	if found, err := read(whole); err != nil || found != text+text {
		t.Fatalf("%d bytes of %d: %v", len(found), 2*len(text), err)
	}
	var headers []int // the places of the sizes
	mark := []byte{0x21, 1, 22}
	for at := bytes.Index(whole, mark); at >= 0; {
		headers = append(headers, at+2)
		next := bytes.Index(whole[at+1:], mark)
		if next < 0 {
			break
		}
		at += 1 + next
	}
	if len(headers) != 2*5 {
		t.Fatalf("%d blocks: %v", len(headers), headers)
	}
	for _, at := range headers {
		for bits, mebibytes := range map[byte]uint64{29: 96, 40: 4095} {
			large := slices.Clone(whole)
			large[at] = bits
			_, err := read(large)
			var window *windowError
			if !errors.As(err, &window) || window.size>>20 != mebibytes || !strings.Contains(err.Error(), "at most 64 MiB") {
				t.Errorf("size %d at %d: %v", bits, at, err)
			}
		}
		// The largest size that is allowed, that of xz -9: here only the header's checksum is wrong.
		allowed := slices.Clone(whole)
		allowed[at] = 28
		if _, err := read(allowed); err == nil || errors.As(err, new(*windowError)) {
			t.Errorf("the largest size at %d: %v", at, err)
		}
	}
}
