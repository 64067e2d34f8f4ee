package data

import (
	"bytes"
	"reflect"
	"runtime"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/lorabook/lorabook/pkg/data/internal/formats"
)

// hubRow is a row of IMDB's files on the hub.
type hubRow struct {
	Text  string `parquet:"text"`
	Label int64  `parquet:"label"`
}

// hubMetadata is what Hugging Face's datasets library writes for IMDB.
const hubMetadata = `{"info": {"features": {"text": {"dtype": "string", "_type": "Value"}, ` +
	`"label": {"names": ["neg", "pos"], "_type": "ClassLabel"}}}}`

// packParquet writes rows in groups of two, as big files have several groups.
func packParquet[T any](t testing.TB, metadata string, rows ...T) []byte {
	t.Helper()
	var packed bytes.Buffer
	options := []parquet.WriterOption{parquet.MaxRowsPerRowGroup(2), parquet.Compression(&parquet.Snappy)}
	if metadata != "" {
		options = append(options, parquet.KeyValueMetadata("huggingface", metadata))
	}
	writer := parquet.NewGenericWriter[T](&packed, options...)
	if _, err := writer.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// ownParquet holds what TestTables expects, with columns of other kinds between.
func ownParquet(t testing.TB) []byte {
	type row struct {
		Tags   []string `parquet:"a_tags"`
		ID     *string  `parquet:"id"`
		Label  string   `parquet:"label,dict"`
		Rating *int32   `parquet:"rating"`
		Split  string   `parquet:"split"`
		Text   string   `parquet:"text"`
		Score  float64  `parquet:"z_score"`
	}
	// A header or a blank line is counted in the other formats, hence the ids.
	return packParquet(t, "",
		row{nil, new("a1"), "negative", new(int32(2)), "train", "Dull,<br />very   dull.", 1},
		row{[]string{"x", "y"}, new("train/3"), "positive", nil, "train", `The "best" café.`, 2},
		row{nil, new("test/4"), "positive", new(int32(7)), "test", "Fine.", 3},
		row{[]string{"z"}, new("17"), "negative", nil, "test", "Poor.", 4},
	)
}

func TestParquetUsesDeclaredClassNames(t *testing.T) {
	content := packParquet(t, hubMetadata, hubRow{"good", 1}, hubRow{"bad", 0}, hubRow{"fine", 1})
	d, err := openFile(t, "own.parquet", string(content))
	if err != nil {
		t.Fatal(err)
	}
	if d.Labels[0] != "neg" || d.Labels[1] != "pos" || !reflect.DeepEqual(d.Train[2], Example{ID: "train/3", Text: "fine", Label: 1}) {
		t.Errorf("%v %v", d.Labels, d.Train)
	}
}

func TestParquetFaults(t *testing.T) {
	type onlyText struct {
		Text string `parquet:"text"`
	}
	type fraction struct {
		Text  string  `parquet:"text"`
		Label float64 `parquet:"label"`
	}
	type list struct {
		Text  []string `parquet:"text"`
		Label int64    `parquet:"label"`
	}
	whole := packParquet(t, hubMetadata, hubRow{"good", 1}, hubRow{"bad", 0}, hubRow{"fine", 1})
	for name, fault := range map[string]struct {
		content []byte
		want    string
	}{
		"a web page":          {[]byte("<html>please log in</html>"), "not a Parquet file"},
		"nothing":             {nil, "not a Parquet file"},
		"cut":                 {whole[:len(whole)-20], "not a Parquet file"},
		"no label":            {packParquet(t, "", onlyText{"a"}), `no column "label"`},
		"label is a fraction": {packParquet(t, "", fraction{"a", 0}, fraction{"b", 0.5}), `own.parquet:2: "label" is 0.5`},
		"text is a list":      {packParquet(t, "", list{[]string{"a"}, 0}), `column "text" is of type`},
		"label out of range":  {packParquet(t, hubMetadata, hubRow{"a", 0}, hubRow{"b", 1}, hubRow{"c", 2}), `own.parquet:3: label "2" is out of range`},
		"unlabelled":          {packParquet(t, hubMetadata, hubRow{"a", -1}), `own.parquet:1: label "-1" is out of range`},
		"not UTF-8":           {packParquet(t, hubMetadata, hubRow{"a", 0}, hubRow{"caf\xe9", 1}), "own.parquet:2: text is not valid UTF-8"},
		"no row":              {packParquet[hubRow](t, hubMetadata), "no review"},
		"bad metadata":        {packParquet(t, "names: neg, pos", hubRow{"a", 0}), "datasets library"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openFile(t, "own.parquet", string(fault.content))
			wantError(t, err, "own.parquet", fault.want)
		})
	}
}

// TestParquetDamage overwrites every byte in turn: whatever comes of it, it is
// an error or reviews, never a panic.
func TestParquetDamage(t *testing.T) {
	whole := packParquet(t, hubMetadata, hubRow{"good", 1}, hubRow{"bad", 0}, hubRow{"fine", 1})
	faults := 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for at := range whole {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0xff
		b := tableBuilder{}
		err := formats.ReadParquet(bytes.NewReader(damaged), int64(len(damaged)), b.sink(formats.Table{Path: "damaged"}))
		if err == nil {
			err = b.checkBad()
		}
		if err != nil {
			faults++
		}
	}
	if faults == 0 {
		t.Error("no damage was noticed")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<30 {
		t.Errorf("files of 1 kB made the reader allocate %d MiB", used>>20)
	}
	t.Logf("%d of %d damaged files were refused", faults, len(whole))
}
