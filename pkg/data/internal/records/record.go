package records

// Record is a line of a JSON Lines or CSV file, or a row of a Parquet file.
type Record struct {
	Line   int
	Text   string
	Pair   string // the second text, if paired
	Paired bool
	Label  Value  // the index of a class or its name; a list; a number
	ID     string // "": none
	Rating float64
	Split  string // "": none
}
