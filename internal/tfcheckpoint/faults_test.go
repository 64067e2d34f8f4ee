package tfcheckpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/table"
	"google.golang.org/protobuf/encoding/protowire"
)

func TestFileFaults(t *testing.T) {
	index := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, prefix string) {
			data, err := os.ReadFile(prefix + ".index")
			if err != nil {
				t.Fatal(err)
			}
			write(t, prefix+".index", change(data))
		}
	}
	replaced := func(text string) func(*testing.T, string) {
		return index(func([]byte) []byte { return []byte(text) })
	}
	const second = ".data-00001-of-00003"
	for name, c := range map[string]struct {
		spoil        func(*testing.T, string)
		path, tensor string
		says         string
	}{
		"empty index":      {replaced(""), ".index", "", "truncated"},
		"HTML":             {replaced("<!DOCTYPE html><html><body>Log in to go on, please</body></html>"), ".index", "", "another kind of file"},
		"truncated index":  {index(func(b []byte) []byte { return b[:len(b)/2] }), ".index", "", "truncated"},
		"index's head cut": {index(func(b []byte) []byte { return b[40:] }), ".index", "", "damaged"},
		"index's rows":     {index(func(b []byte) []byte { b[60] ^= 4; return b }), ".index", "", "data-block at byte 0: checksum mismatch"},
		"huge block": {index(func(b []byte) []byte {
			binary.PutUvarint(b[len(b)-48:], math.MaxInt64)
			return b
		}), ".index", "", "damaged"},
		"the data as index": {index(func([]byte) []byte { return make([]byte, 4096) }), ".index", "", "another kind of file"},
		"data cut short": {func(t *testing.T, prefix string) {
			if err := os.Truncate(prefix+second, 70); err != nil {
				t.Fatal(err)
			}
		}, second, "layer_7/kernel", "truncated"},
		"no data": {func(t *testing.T, prefix string) { write(t, prefix+second, nil) }, second, "layer_1/kernel", "the file has 0"},
		"a folder": {func(t *testing.T, prefix string) {
			if err := errors.Join(os.Remove(prefix+second), os.Mkdir(prefix+second, 0o755)); err != nil {
				t.Fatal(err)
			}
		}, second, "", "folder"},
	} {
		t.Run(name, func(t *testing.T) {
			prefix := copyOf(t, "sharded")
			c.spoil(t, prefix)
			_, err := Open(prefix)
			wantFault(t, err, prefix+c.path, c.tensor, c.says)
		})
	}
	for _, lost := range []string{".index", second} {
		prefix := copyOf(t, "sharded")
		if err := os.Remove(prefix + lost); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(prefix); !errors.Is(err, fs.ErrNotExist) || !bytes.Contains([]byte(err.Error()), []byte(prefix+lost)) {
			t.Errorf("%s is gone: %v", lost, err)
		}
	}
}

// TestEveryByteCounts spoils each byte of a checkpoint in turn: either an error says
// so, or it was one that does not count and all is as before.
func TestEveryByteCounts(t *testing.T) {
	prefix := copyOf(t, "saver.ckpt")
	unnoticed := map[string]int{}
	for _, ending := range []string{".index", ".data-00000-of-00001"} {
		whole, err := os.ReadFile(prefix + ending)
		if err != nil {
			t.Fatal(err)
		}
		for i := range whole {
			spoilt := slices.Clone(whole)
			spoilt[i] ^= 0x81
			write(t, prefix+ending, spoilt)
			if err := readAll(prefix); err == nil {
				unnoticed[ending]++
			}
		}
		write(t, prefix+ending, whole)
	}
	if err := readAll(prefix); err != nil {
		t.Fatal(err)
	}
	// The footer's 40 bytes hold two places, the rest is padding. The 8 bytes of
	// global_step are of a type that is not read.
	if unnoticed[".index"] > 36 || unnoticed[".data-00000-of-00001"] != 8 {
		t.Errorf("unnoticed: %v bytes", unnoticed)
	}
}

// readAll reads the float32 tensors of a checkpoint like saver.ckpt, and checks them.
func readAll(prefix string) error {
	f, err := Open(prefix)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, name := range f.Names() {
		if dtype, _, _ := f.Info(name); dtype != "DT_FLOAT" {
			continue
		}
		values, err := f.Float32(name)
		if err != nil {
			return err
		}
		if !slices.Equal(values, ramp(len(values))) {
			return fmt.Errorf("%s holds %v and no error came", name, values)
		}
	}
	return nil
}

// message is a BundleHeaderProto or BundleEntryProto: fields by number, uint32 for
// fixed32 and []byte for a message in it.
func message(fields map[protowire.Number]any) []byte {
	var out []byte
	for id := protowire.Number(1); id < 10; id++ {
		switch v := fields[id].(type) {
		case int:
			out = protowire.AppendVarint(protowire.AppendTag(out, id, protowire.VarintType), uint64(v))
		case uint32:
			out = protowire.AppendFixed32(protowire.AppendTag(out, id, protowire.Fixed32Type), v)
		case []byte:
			out = protowire.AppendBytes(protowire.AppendTag(out, id, protowire.BytesType), v)
		}
	}
	return out
}

func shape(axes ...int) []byte {
	var out []byte
	for _, axis := range axes {
		out = append(out, message(map[protowire.Number]any{2: message(map[protowire.Number]any{1: axis})})...)
	}
	return out
}

// craft writes an index of these rows, in blocks of blockSize bytes, and 4096 bytes
// of data behind it.
func craft(t testing.TB, blockSize int, compression opt.Compression, rows ...row) (prefix string) {
	t.Helper()
	var index bytes.Buffer
	w := table.NewWriter(&index, &opt.Options{BlockSize: blockSize, Compression: compression}, nil, 0)
	for _, r := range rows {
		if err := w.Append([]byte(r.key), r.value); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	prefix = filepath.Join(t.TempDir(), "crafted")
	write(t, prefix+".index", index.Bytes())
	write(t, prefix+".data-00000-of-00001", make([]byte, 4096))
	return prefix
}

var header = message(map[protowire.Number]any{1: 1, 3: message(map[protowire.Number]any{1: 1})})

func TestManyBlocks(t *testing.T) {
	rows := []row{{"", header}}
	for i := range 500 {
		rows = append(rows, row{fmt.Sprintf("layer_%03d/kernel", i), message(map[protowire.Number]any{
			1: 1, 2: shape(2), 4: 8 * i, 5: 8, 6: masked(make([]byte, 8))})})
	}
	f := open(t, craft(t, 100, opt.NoCompression, rows...))
	if len(f.Names()) != 500 {
		t.Errorf("%d tensors, want 500", len(f.Names()))
	}
	for _, name := range f.Names() {
		if values, err := f.Float32(name); err != nil || len(values) != 2 {
			t.Fatalf("%s: %v, %v", name, values, err)
		}
	}
	prefix := craft(t, 100, opt.SnappyCompression, rows...)
	_, err := Open(prefix)
	wantFault(t, err, prefix+".index", "", "compressed")
}

func TestCraftedFaults(t *testing.T) {
	type fields = map[protowire.Number]any
	good := fields{1: 1, 2: shape(2, 3), 5: 24}
	with := func(change fields) []byte {
		all := fields{}
		for id, v := range good {
			all[id] = v
		}
		for id, v := range change {
			all[id] = v
		}
		return message(all)
	}
	for name, c := range map[string]struct {
		header, entry []byte
		tensor, says  string
	}{
		"no shards":        {message(fields{1: 0}), with(nil), "", "0 data files"},
		"too many shards":  {message(fields{1: 1 << 30}), with(nil), "", "1 to 99999"},
		"big-endian":       {message(fields{1: 1, 2: 1}), with(nil), "", "big-endian"},
		"of the future":    {message(fields{1: 1, 3: message(fields{2: 9})}), with(nil), "", "version 9"},
		"broken header":    {[]byte{0x0a}, with(nil), "", "the header"},
		"header's type":    {message(fields{1: []byte("x")}), with(nil), "", "another kind"},
		"broken entry":     {header, []byte{0x12, 0x7f, 1}, "x", "entry"},
		"another shard":    {header, with(fields{3: 1}), "x", "data file is 1"},
		"negative shard":   {header, with(fields{3: -1}), "x", "-1"},
		"negative offset":  {header, with(fields{4: -8}), "x", "-8"},
		"negative size":    {header, with(fields{5: -8}), "x", "-8"},
		"size of another":  {header, with(fields{5: 20}), "x", "takes 24 bytes"},
		"negative axis":    {header, with(fields{2: shape(-1)}), "x", "-1"},
		"huge shape":       {header, with(fields{2: shape(math.MaxInt, math.MaxInt)}), "x", "larger than any memory"},
		"hidden huge axis": {header, with(fields{2: shape(0, math.MaxInt, 4), 5: 4}), "x", "takes 0 bytes"},
		"unknown rank":     {header, with(fields{2: message(fields{3: 1})}), "x", "unknown"},
		"a sum as number":  {header, with(fields{6: 7}), "x", "another kind"},
	} {
		t.Run(name, func(t *testing.T) {
			prefix := craft(t, 4096, opt.NoCompression, row{"", c.header}, row{"x", c.entry})
			_, err := Open(prefix)
			wantFault(t, err, prefix+".index", c.tensor, c.says)
		})
	}
	t.Run("beyond the data", func(t *testing.T) {
		for _, offset := range []int{4073, math.MaxInt} {
			prefix := craft(t, 4096, opt.NoCompression, row{"", header}, row{"x", with(fields{4: offset})})
			_, err := Open(prefix)
			wantFault(t, err, prefix+".data-00000-of-00001", "x", "truncated")
		}
	})
	t.Run("no header", func(t *testing.T) {
		prefix := craft(t, 4096, opt.NoCompression, row{"x", with(nil)})
		_, err := Open(prefix)
		wantFault(t, err, prefix+".index", "", "not a header")
	})
	t.Run("wrong sum", func(t *testing.T) {
		f := open(t, craft(t, 4096, opt.NoCompression, row{"", header}, row{"x", with(fields{6: uint32(1)})}))
		_, err := f.Float32("x")
		wantFault(t, err, f.shards[0].path, "x", "checksum")
	})
}
