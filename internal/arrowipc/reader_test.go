package arrowipc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"github.com/lorabook/lorabook/internal/arrowipc"
	"github.com/lorabook/lorabook/internal/memorytest"
)

// readAll reads all values by the names of the columns.
func readAll(in io.Reader, wanted func(int) bool) (*arrowipc.Reader, map[string][]any, error) {
	r, err := arrowipc.NewReader(in)
	if err != nil {
		return nil, nil, err
	}
	values := map[string][]any{}
	for total := 0; total < 1<<16; {
		batch, err := r.Next(wanted)
		if err == io.EOF {
			return r, values, nil
		}
		if err != nil {
			return r, values, err
		}
		for i, column := range batch.Columns {
			// A column of nulls may claim any number.
			for row := 0; column != nil && row < min(batch.Rows, 1<<16); row++ {
				values[r.Fields[i].Name] = append(values[r.Fields[i].Name], column.Value(row))
			}
		}
		total += batch.Rows
	}
	return r, values, nil
}

func contentOf(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// asJSON converts values to the types of encoding/json.
func asJSON(t *testing.T, values any) (plain any) {
	t.Helper()
	text, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(text, &plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// TestTypes reads what pyarrow wrote: every type, in every form of the format.
func TestTypes(t *testing.T) {
	var want any
	if err := json.Unmarshal(contentOf(t, "types.json"), &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"types.arrow", "types.arrows", "types_lz4.arrow", "types_zstd.arrows", "types_legacy.arrows"} {
		t.Run(name, func(t *testing.T) {
			r, values, err := readAll(bytes.NewReader(contentOf(t, name)), nil)
			if err != nil {
				t.Fatal(err)
			}
			got := asJSON(t, values)
			for column, values := range want.(map[string]any) {
				if !reflect.DeepEqual(values, got.(map[string]any)[column]) {
					t.Errorf("%s:\n%v, want\n%v", column, got.(map[string]any)[column], values)
				}
			}
			if len(values) != len(want.(map[string]any)) {
				t.Errorf("%d columns, want %d", len(values), len(want.(map[string]any)))
			}
			if r.Metadata["about"] != "caf\u00e9" || !r.Marked() {
				t.Errorf("metadata %q, end mark %v", r.Metadata, r.Marked())
			}
		})
	}
}

// TestWanted reads one column beyond all others.
func TestWanted(t *testing.T) {
	for _, name := range []string{"types.arrow", "types_zstd.arrows"} {
		r, all, err := readAll(bytes.NewReader(contentOf(t, name)), nil)
		if err != nil {
			t.Fatal(err)
		}
		last := len(r.Fields) - 1
		_, one, err := readAll(bytes.NewReader(contentOf(t, name)), func(field int) bool { return field == last })
		if err != nil || len(one) != 1 || !reflect.DeepEqual(one["last"], all["last"]) {
			t.Errorf("%s: %v, %v", name, one, err)
		}
	}
}

func TestDictionaries(t *testing.T) {
	for name, want := range map[string]string{
		"delta.arrows":    "[a b a b c a b c d]",
		"replaced.arrows": "[a b c d]",
	} {
		_, values, err := readAll(bytes.NewReader(contentOf(t, name)), nil)
		if got := fmt.Sprint(values["d"]); err != nil || got != want {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// TestTruncated: a file that ends early is an error, and so is a stream that ends within a
// message. A stream that ends between messages lacks its mark.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"types.arrow", "types_zstd.arrows"} {
		whole := contentOf(t, name)
		for n := 0; n < len(whole); n += 61 {
			r, _, err := readAll(bytes.NewReader(whole[:n]), nil)
			if err == nil && (name == "types.arrow" || r.Marked() && n < len(whole)-8) {
				t.Errorf("%s: %d of %d bytes passed", name, n, len(whole))
			}
		}
	}
}

// TestDamage overwrites bytes: it is an error or values, never a panic or much memory.
func TestDamage(t *testing.T) {
	for _, name := range []string{"types.arrow", "types_zstd.arrows", "delta.arrows"} {
		whole := contentOf(t, name)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		faults := 0
		step := 1 + len(whole)/400
		for at := 0; at < len(whole); at += step {
			damaged := bytes.Clone(whole)
			damaged[at] ^= 0xff
			if _, _, err := readAll(bytes.NewReader(damaged), nil); err != nil {
				faults++
			}
		}
		runtime.ReadMemStats(&after)
		if used := (after.TotalAlloc - before.TotalAlloc) / uint64(len(whole)/step); used > 16<<20 {
			t.Errorf("%s: %d MiB for each damaged file of %d bytes", name, used>>20, len(whole))
		}
		if faults == 0 {
			t.Error("no damage was noticed")
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, name := range []string{"types.arrow", "types.arrows", "types_lz4.arrow", "types_zstd.arrows", "types_legacy.arrows", "delta.arrows", "replaced.arrows"} {
		f.Add(contentOf(f, name))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		memorytest.Bounded(t, len(content), func() { _, _, _ = readAll(bytes.NewReader(content), nil) })
	})
}
