package data

// Example is one text with its label and rating.
type Example struct {
	// ID is unique in its data set. For IMDB it is the path of the review's file without the
	// extension, "test/pos/127_10"; for other sources the record's id, or else half and line
	// (row), "train/12". Where an id occurs in two halves, every id is prefixed with its
	// half, "test/ID". Where a half lies in several files, lines are counted over all files.
	ID string
	// Text is valid UTF-8 and never blank.
	Text string
	// Label is an index into the data set's Labels, or -1 for an unlabelled review.
	Label int
	// Rating is the number of stars of the review, up to 10, or 0 if unknown. A model never
	// sees it, because it determines the label.
	Rating float64
}

// Texts returns the reviews' texts, in order, as a tokenizer expects them.
func Texts(reviews []Example) []string {
	texts := make([]string, len(reviews))
	for i, r := range reviews {
		texts[i] = r.Text
	}
	return texts
}

// Labels returns the reviews' labels, in order, as batching.NewBatcher expects them.
func Labels(reviews []Example) []int {
	labels := make([]int, len(reviews))
	for i, r := range reviews {
		labels[i] = r.Label
	}
	return labels
}
