// Package records has the records of a table and the choice of its columns: those that a caller
// names, and else those that are obvious by their names and their first values.
package records

// Record is a line of a JSON Lines or CSV file, or a row of a Parquet file.
type Record struct {
	Line   int      // from 1; in Parquet the row
	Text   string   // the text, of several columns joined by line breaks
	Words  []string // of a sentence of TokenClassification, whose Text is their join
	Pair   string   // the second text, if paired
	Paired bool     // whether the table has pairs of texts
	Label  Value    // the index of a class or its name; a list; a number
	ID     string   // "": none
	Rating float64  // the number of stars, 0 if unknown
	Split  string   // "": none
	// Row is set for one word of a sentence, of which the reader makes no record of its own. Sentence has the number of a
	// sentence that was joined of such rows.
	Row      *WordRow
	Sentence string
}
