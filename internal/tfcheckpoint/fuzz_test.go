package tfcheckpoint

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/syndtr/goleveldb/leveldb/opt"

	"github.com/lorabook/lorabook/internal/memorytest"
)

// seal corrects the checksums of all blocks in a changed index, so that
// the later checks are tested too.
func seal(index []byte) {
	if len(index) < footerBytes {
		return
	}
	body, footer := index[:len(index)-footerBytes], index[len(index)-footerBytes:]
	copy(footer[footerBytes-len(tableMagic):], tableMagic)
	one := func(p place) []byte {
		rows, err := p.rows(body)
		if err == nil {
			end := p.offset + p.size + 1
			binary.LittleEndian.PutUint32(body[end:], masked(body[p.offset:end]))
		}
		return rows
	}
	meta, n := readPlace(footer)
	one(meta)
	last, _ := readPlace(footer[n:])
	for rows, ok := one(last), true; ok && len(rows) > 0; {
		var value []byte
		if value, rows, ok = cutRow(rows); ok {
			p, _ := readPlace(value)
			one(p)
		}
	}
}

// FuzzOpen reads damaged checkpoints: no panic, and no tensor whose values are not
// of its shape.
func FuzzOpen(f *testing.F) {
	for _, name := range []string{"saver.ckpt", "types", "partitioned", "variables/variables"} {
		prefix := filepath.Join("testdata", name)
		index, err := os.ReadFile(prefix + ".index")
		if err != nil {
			f.Fatal(err)
		}
		data, err := os.ReadFile(prefix + ".data-00000-of-00001")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(index, data, false)
		f.Add(index, data, true)
	}
	f.Fuzz(func(t *testing.T, index, data []byte, sealed bool) {
		prefix := filepath.Join(t.TempDir(), "x")
		if index = slices.Clone(index); sealed {
			seal(index)
		}
		write(t, prefix+".index", index)
		write(t, prefix+".data-00000-of-00001", data)
		memorytest.Bounded(t, len(index)+len(data), func() { exhaust(t, prefix) })
	})
}

// FuzzEntry reads a sound index whose entry is anything.
func FuzzEntry(f *testing.F) {
	rows, err := os.ReadFile("testdata/types.index")
	if err != nil {
		f.Fatal(err)
	}
	seeds, err := readTable(rows)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		f.Add(seed.value)
	}
	f.Fuzz(func(t *testing.T, entry []byte) {
		prefix := craft(t, 4096, opt.NoCompression, row{"", header}, row{"x", entry})
		memorytest.Bounded(t, len(entry), func() { exhaust(t, prefix) })
	})
}

// exhaust reads all that can be read.
func exhaust(t *testing.T, prefix string) {
	f, err := Open(prefix)
	if err != nil {
		return
	}
	defer f.Close()
	for _, name := range f.Names() {
		_, shape, _ := f.Info(name)
		values, err := f.Float32(name)
		if err != nil {
			continue
		}
		size := 1
		for _, axis := range shape {
			size *= axis
		}
		if len(values) != size {
			t.Errorf("%q of shape %v holds %d values", name, shape, len(values))
		}
	}
}
