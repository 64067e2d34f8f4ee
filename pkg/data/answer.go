package data

// Answer is the answer of an example.
type Answer struct {
	Label  int     // as in Example
	Labels []int   // as in Example
	Tags   []int   // as in Example
	Value  float64 // as in Example
}

// Drawable are the types that can be drawn: examples, and references to the examples of an
// [Outline].
type Drawable interface {
	Example | Ref

	// Answer returns the answer, for stratified draws.
	Answer() Answer
}

// Answer returns the answer of e.
func (e Example) Answer() Answer {
	return Answer{Label: e.Label, Labels: e.Labels, Tags: e.Tags, Value: e.Value}
}
