package data

// record is a line of a JSON Lines or CSV file, or a row of a Parquet file.
type record struct {
	line   int
	text   string
	pair   string // the second text, if paired
	paired bool
	label  value  // the index of a class or its name; a list; a number
	id     string // "": none
	rating float64
	split  string // "": none
}
