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
	for _, labels := range p.Labels {
		moved := make([]int, len(labels))
		for i, label := range labels {
			moved[i] = o.now[label]
		}
		slices.Sort(moved)
		out.Labels = append(out.Labels, moved)
	}
	return out, nil
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
