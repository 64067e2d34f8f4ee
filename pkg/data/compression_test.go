package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
)

// packers compress as the usual programs do. There is no compressor of bzip2 in Go: see
// bzip2CSV.
var packers = map[string]func(io.Writer) (io.WriteCloser, error){
	".gz":  func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
	".zst": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
	".xz":  func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
}

func compressed(t testing.TB, extension, content string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := packers[extension](&out)
	if err == nil {
		_, err = io.WriteString(w, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const smallCSV = "text,label\na,0\nb,1\n"

// bzip2CSV is smallCSV, compressed by bzip2 of Python 3.13.
const bzip2CSV = "QlpoOTFBWSZTWXyRF+sAAAjZgAAQAARgADIEBEAgADEAMCAYQs0FqEqADPHPF3JFOFCQfJEX6w=="

// TestCompressed opens each format in each compression, with and without a name that says so.
func TestCompressed(t *testing.T) {
	const jsonl = `{"text": "a", "label": 0}` + "\n" + `{"text": "b", "label": 1}` + "\n"
	parquet := string(packParquet(t, "", hubRow{"a", 0}, hubRow{"b", 1}))
	bzip2, err := base64.StdEncoding.DecodeString(bzip2CSV)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content string
		ids     []string
	}{
		"own.csv.gz":        {compressed(t, ".gz", smallCSV), []string{"train/2", "train/3"}},
		"own.csv.bz2":       {string(bzip2), []string{"train/2", "train/3"}},
		"own.csv.zst":       {compressed(t, ".zst", smallCSV), []string{"train/2", "train/3"}},
		"own.CSV.XZ":        {compressed(t, ".xz", smallCSV), []string{"train/2", "train/3"}},
		"own.jsonl.gz":      {compressed(t, ".gz", jsonl), []string{"train/1", "train/2"}},
		"own.ndjson.zst":    {compressed(t, ".zst", jsonl), []string{"train/1", "train/2"}},
		"own.parquet.gz":    {compressed(t, ".gz", parquet), []string{"train/1", "train/2"}},
		"own.csv":           {compressed(t, ".zst", smallCSV), []string{"train/2", "train/3"}},
		"own.parquet":       {compressed(t, ".xz", parquet), []string{"train/1", "train/2"}},
		"own.csv.zst (not)": {smallCSV, []string{"train/2", "train/3"}},
		"own.jsonl":         {parquet, []string{"train/1", "train/2"}},
		"two members.csv.gz": {compressed(t, ".gz", "text,label\na,0\n") + compressed(t, ".gz", "b,1\n"),
			[]string{"train/2", "train/3"}},
		"skippable.csv.zst": {"\x50\x2a\x4d\x18\x02\x00\x00\x00xx" + compressed(t, ".zst", smallCSV),
			[]string{"train/2", "train/3"}},
	} {
		t.Run(name, func(t *testing.T) {
			var done, total int64
			path := writeFile(t, filepath.Join(t.TempDir(), strings.TrimSuffix(name, " (not)")), c.content)
			d, err := Opener{Progress: func(d, n int64) { done, total = d, n }}.Open(context.Background(), path)
			if err != nil {
				t.Fatal(err)
			}
			want := []Example{{ID: c.ids[0], Text: "a"}, {ID: c.ids[1], Text: "b", Label: 1}}
			if diff := cmp.Diff(want, d.Train); diff != "" {
				t.Error(diff)
			}
			if name, _, _ := strings.Cut(name, "."); d.Name != name {
				t.Errorf("name %q, want %q", d.Name, name)
			}
			if done != int64(len(c.content)) || total != done {
				t.Errorf("progress ended at %d of %d, want %d bytes of the compressed file", done, total, len(c.content))
			}
		})
	}
}

// TestCompressionFaults: a damaged file is an error with its name, and never fewer examples.
func TestCompressionFaults(t *testing.T) {
	long := "text,label\n"
	for range 2000 {
		long += "some text that repeats,0\nanother text,1\n"
	}
	bzip2, err := base64.StdEncoding.DecodeString(bzip2CSV)
	if err != nil {
		t.Fatal(err)
	}
	// 4 GiB in the header of the first block, whose checksum is not reached.
	huge := []byte(compressed(t, ".xz", smallCSV))
	huge[bytes.Index(huge, []byte{0x21, 1})+2] = 40
	for name, c := range map[string]struct {
		content string
		want    []string
	}{
		"own.csv.gz":   {truncated(compressed(t, ".gz", long)), []string{"gzip", "ends too early", "incomplete"}},
		"own.csv.zst":  {truncated(compressed(t, ".zst", long)), []string{"Zstandard", "ends too early"}},
		"own.csv.xz":   {truncated(compressed(t, ".xz", long)), []string{"xz", "ends too early"}},
		"own.csv.bz2":  {truncated(string(bzip2)), []string{"bzip2", "ends too early"}},
		"own.jsonl.gz": {truncated(compressed(t, ".gz", strings.Repeat(`{"text":"a","label":0}`+"\n", 9))), []string{"gzip", "ends too early"}},
		"sum.csv.gz":   {flipped(compressed(t, ".gz", long), -6), []string{"gzip", "damaged"}},
		"head.csv.gz":  {"\x1f\x8b", []string{"gzip", "ends too early"}},
		"huge.csv.zst": {"\x28\xb5\x2f\xfd\x00\xa0" + strings.Repeat("\x00", 20), []string{"window", "at most 128 MiB"}},
		"huge.csv.xz":  {string(huge), []string{"window of 4095 MiB", "at most 64 MiB"}},
		"twice.csv.gz": {compressed(t, ".gz", compressed(t, ".gz", smallCSV)), []string{"compressed twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openFile(t, name, c.content)
			wantError(t, err, append(c.want, name)...)
		})
	}
}

func truncated(content string) string { return content[:len(content)-len(content)/3] }

func flipped(content string, at int) string {
	b := []byte(content)
	b[len(b)+at] ^= 0xff
	return string(b)
}

// TestCompressedMemory reads a file that is much larger than its compressed form, in
// memory that does not depend on its size.
func TestCompressedMemory(t *testing.T) {
	for extension, packer := range packers {
		var packed bytes.Buffer
		w, err := packer(&packed)
		if err != nil {
			t.Fatal(err)
		}
		block := bytes.Repeat([]byte("some text,1\n"), 100_000)
		for range 10 {
			_, _ = w.Write(block)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		path := writeFile(t, filepath.Join(t.TempDir(), "own.csv"+extension), packed.String())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		in, err := formats.Open(formats.Table{Path: path}, formats.Options{}, decode.NewMeter(context.Background(), 0, nil))
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, in)
		runtime.ReadMemStats(&after)
		if err := errors.Join(err, in.Close()); err != nil || n != 12_000_000 {
			t.Errorf("%s: %d bytes, %v", extension, n, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 11<<20 {
			t.Errorf("%s: %d MiB allocated for a file of 12 MB", extension, used>>20)
		}
	}
}
