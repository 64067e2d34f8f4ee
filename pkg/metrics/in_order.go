package metrics

import "slices"

// InOrder returns the same predictions with the classes in another order. Other names are an error.
func (p *Predictions) InOrder(classes []string) (*Predictions, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	o, err := newOrder(p.Classes, classes)
	if err != nil {
		return nil, err
	}
	out := &Predictions{Classes: classes, IDs: p.IDs, Logits: columns(o, p.Logits), Probabilities: columns(o, p.Probabilities)}
	for _, label := range p.Labels {
		out.Labels = append(out.Labels, o.now[label])
	}
	return out, nil
}

// InOrder returns the same predictions with the classes in another order. Other names are an error.
func (p *MultiLabelPredictions) InOrder(classes []string) (*MultiLabelPredictions, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	o, err := newOrder(p.Classes, classes)
	if err != nil {
		return nil, err
	}
	out := &MultiLabelPredictions{
		Classes: classes, IDs: p.IDs,
		Logits: columns(o, p.Logits), Probabilities: columns(o, p.Probabilities), Thresholds: columns(o, p.Thresholds),
	}
	out.Labels = o.renumber(p.Labels)
	for _, labels := range out.Labels {
		slices.Sort(labels)
	}
	return out, nil
}

// InOrder returns the same predictions with the tags in another order. Other names are an error.
func (p *TagPredictions) InOrder(classes []string) (*TagPredictions, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	o, err := newOrder(p.Classes, classes)
	if err != nil {
		return nil, err
	}
	out := *p
	out.Classes, out.Labels, out.Answers = classes, o.renumber(p.Labels), o.renumber(p.Answers)
	return &out, nil
}

// order is another order of classes.
type order struct {
	before []int // the former number of each class
	now    []int // the new number of each former one
}

func newOrder(before, now []string) (*order, error) {
	o := &order{make([]int, len(now)), make([]int, len(before))}
	if len(before) != len(now) {
		return nil, classesError(before, now)
	}
	for i, name := range before {
		if o.now[i] = slices.Index(now, name); o.now[i] < 0 {
			return nil, classesError(before, now)
		}
		o.before[o.now[i]] = i
	}
	return o, nil
}

// renumber returns the new numbers of lists of classes.
func (o *order) renumber(lists [][]int) [][]int {
	var out [][]int
	for _, list := range lists {
		moved := make([]int, len(list))
		for i, class := range list {
			moved[i] = o.now[class]
		}
		out = append(out, moved)
	}
	return out
}

// columns returns values, [examples, classes], in another order of the classes; nil for nil.
func columns[T any](o *order, values []T) []T {
	if values == nil {
		return nil
	}
	k := len(o.before)
	out := make([]T, len(values))
	for at := range out {
		out[at] = values[at-at%k+o.before[at%k]]
	}
	return out
}
