package data

// recordSink receives the records of a file from the reader of its format, and holds the
// options that a reader needs.
type recordSink struct {
	each func(record) error
	// bad receives a record that cannot be read. The reader continues unless it returns an
	// error.
	bad func(line int, err error) error
	// names receives the names of the classes, if the file declares them.
	names func([]string) error
	// label receives the name of the column of the label.
	label func(string)
	// warn and note receive findings about the file, one sentence each without the path.
	warn, note func(string)

	columns wantedColumns
	task    taskName
	// unlabelled reports whether records may lack labels.
	unlabelled bool
	// textsOnly reports whether any value is accepted as a label.
	textsOnly bool
}
