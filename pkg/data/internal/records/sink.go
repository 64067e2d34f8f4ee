package records

// Sink receives the records of a file from the reader of its format, and holds the
// options that a reader needs.
type Sink struct {
	// Each receives a record. The reader ends where it returns an error.
	Each func(Record) error
	// Bad receives a record that cannot be read. The reader continues unless it returns an
	// error.
	Bad func(line int, err error) error
	// Names receives the names of the classes, if the file declares them.
	Names func([]string) error
	// Label receives the name of the column of the label.
	Label func(string)
	// Warn and note receive findings about the file, one sentence each without the path.
	Warn, Note func(string)
	// OnColumns, if not nil, receives the columns of a table.
	OnColumns func([]ColumnUse)

	Columns Columns // that the caller names
	Task    Task    // that the labels are for
	// Unlabelled reports whether records may lack labels.
	Unlabelled bool
	// OneClass reports whether a single column of 0 and 1 may be the class of a task with several.
	OneClass bool
	// TextsOnly reports whether any value is accepted as a label.
	TextsOnly bool
	// JoinWords reports whether the words of a sentence, joined by blanks, are a text for another task
	// than TokenClassification.
	JoinWords bool
}
