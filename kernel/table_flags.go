package main

import (
	"errors"

	"github.com/spf13/pflag"

	"github.com/lorabook/lorabook/pkg/data"
)

// tableFlags are the flags of a command that reads texts from files.
type tableFlags struct {
	columns                            data.Columns
	delimiter, header, quotes, charset string
}

func (t *tableFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&t.columns.Text, "text-column", "", "`COLUMN` of the text, several joined as in title,body (default: found)")
	flags.StringVar(&t.columns.TextPair, "pair-column", "", "`COLUMN` of the second text of a pair (default: found; -: none)")
	flags.StringVar(&t.columns.ID, "id-column", "", "`COLUMN` of the id; of words in rows that of the sentence's number (default: found)")
	flags.StringVar(&t.delimiter, "delimiter", "", "`CHARACTER` between the fields of CSV files (default: found)")
	flags.StringVar(&t.header, "header", "", "whether CSV files have a header line: yes or no (default: found)")
	flags.StringVar(&t.quotes, "quotes", "", "role of double quotes in CSV files: double, backslash or none (default: found)")
	flags.StringVar(&t.charset, "encoding", "", "`ENCODING` of text files that are not in UTF-8, such as latin1")
}

// checkLocal refuses a local data set that does not exist, before a model is opened. A name of the hub that
// is not in the cache is downloaded later.
func checkLocal(spec string) error {
	_, err := data.Local(spec)
	if errors.Is(err, data.ErrNotCached) {
		return nil
	}
	return err
}

// opener returns the options of all flags.
func (t *tableFlags) opener() data.Opener {
	return data.Opener{Columns: t.columns, Delimiter: t.delimiter, Header: data.Header(t.header), Quotes: data.Quotes(t.quotes), Encoding: t.charset}
}
