package remote

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/label"
)

// maxPayload is the size of the largest payload, before its compression. Shards end at 4 MiB, but a
// single text can be longer.
const maxPayload = 256 << 20

var (
	compressor, _   = zstd.NewWriter(nil) // the defaults are valid
	decompressor, _ = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxPayload))
)

// result is what a worker has to say of a shard, or of itself. With a block its lines follow.
type result struct {
	Format  int          `json:"format"`
	Shard   int          `json:"shard"`   // nobody's if Digest is empty
	Digest  string       `json:"digest"`  // of the shard's texts
	Attempt string       `json:"attempt"` // random; the message can be stored twice
	Worker  string       `json:"worker"`
	Counts  label.Counts `json:"counts"`
	Error   string       `json:"error,omitempty"` // there is no block
	Final   bool         `json:"final,omitempty"` // Error ends the labelling
}

// pack returns the payload of a header and a body.
func pack(header any, body []byte) ([]byte, error) {
	text, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	return packText(text, body)
}

// packText returns the payload of a header in JSON and a body.
func packText(text, body []byte) ([]byte, error) {
	if n := len(text) + 1 + len(body); n > maxPayload {
		return nil, fmt.Errorf("a shard or its answers have %d bytes, at most %d can be sent: label fewer texts at once (Options.ShardTexts, --shard), or in one process", n, maxPayload)
	}
	return compressor.EncodeAll(append(append(text, '\n'), body...), nil), nil
}

// unpack reads a payload. Unknown fields of the header are an error.
func unpack(payload []byte, header any) (body []byte, err error) {
	content, err := decompressor.DecodeAll(payload, nil)
	if err != nil {
		return nil, err
	}
	text, body, found := bytes.Cut(content, []byte("\n")) // JSON escapes line feeds
	if !found {
		return nil, fmt.Errorf("its header does not end")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return body, decoder.Decode(header)
}

// digestOf returns the digest of a shard: of its number and its texts with their numbers and ids.
func digestOf(s label.Shard) (string, error) {
	_, sum, err := encoded(s)
	return sum, err
}

// encoded returns a shard in JSON and its digest.
func encoded(s label.Shard) (text []byte, digestOf string, err error) {
	if text, err = json.Marshal(s); err != nil {
		return nil, "", err
	}
	sum := digest.NewStrings()
	sum.Add(string(text))
	return text, sum.String(), nil
}
