package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// row is a record of the table.
type row struct {
	Text  string `parquet:"text"`
	Label string `parquet:"label,dict"`
	Split string `parquet:"split,dict"`
}

// writeTable writes a table of random texts, which depend on their number alone. A format other
// than CSV is Parquet.
func writeTable(path string, rows int, split bool) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	write, end := csvWriter(out, split)
	if strings.HasSuffix(path, ".parquet") {
		write, end = parquetWriter(out, split)
	}
	r := rand.New(rand.NewPCG(21, 1))
	for i := range rows {
		if err := write(newRow(r, i)); err != nil {
			return err
		}
	}
	if err := end(); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func newRow(r *rand.Rand, i int) row {
	var text strings.Builder
	for range 10 {
		fmt.Fprintf(&text, "word%d ", r.IntN(2000))
	}
	split := "train"
	if i%10 == 0 {
		split = "test"
	}
	return row{strings.TrimSpace(text.String()), fmt.Sprintf("class %d", r.IntN(5)), split}
}

func csvWriter(out *bufio.Writer, split bool) (write func(row) error, end func() error) {
	header := false
	return func(r row) error {
		if !header {
			header = true
			if _, err := out.WriteString(map[bool]string{true: "text,label,split\n", false: "text,label\n"}[split]); err != nil {
				return err
			}
		}
		line := r.Text + "," + r.Label
		if split {
			line += "," + r.Split
		}
		_, err := out.WriteString(line + "\n")
		return err
	}, func() error { return nil }
}

func parquetWriter(out *bufio.Writer, split bool) (write func(row) error, end func() error) {
	options := []parquet.WriterOption{parquet.Compression(&parquet.Zstd), parquet.MaxRowsPerRowGroup(100_000)}
	if split {
		w := parquet.NewGenericWriter[row](out, options...)
		return func(r row) error { _, err := w.Write([]row{r}); return err }, w.Close
	}
	type plain struct {
		Text  string `parquet:"text"`
		Label string `parquet:"label,dict"`
	}
	w := parquet.NewGenericWriter[plain](out, options...)
	return func(r row) error { _, err := w.Write([]plain{{r.Text, r.Label}}); return err }, w.Close
}
