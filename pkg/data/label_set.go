package data

import "slices"

// labelSet collects the labels that are classes.
type labelSet[T comparable] struct {
	// inTrain has for each label whether a training row has it.
	inTrain map[T]bool
	count   int // labels that were added
}

// add adds the label of a row.
func (s *labelSet[T]) add(row *tableRow, label T) {
	if s.inTrain == nil {
		s.inTrain = map[T]bool{}
	}
	s.inTrain[label] = s.inTrain[label] || isTrain(row)
	s.count++
}

// sorted returns the different labels of training rows in their order, and then those that only other
// rows have. A training numbers its classes in the same way.
func (s *labelSet[T]) sorted(compare func(a, b T) int) []T {
	var train, others []T
	for label, inTrain := range s.inTrain {
		if inTrain {
			train = append(train, label)
		} else {
			others = append(others, label)
		}
	}
	slices.SortFunc(train, compare)
	slices.SortFunc(others, compare)
	return slices.Concat(train, others)
}
