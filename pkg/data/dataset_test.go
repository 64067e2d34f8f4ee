package data

import (
	"errors"
	"testing"
)

func TestValidate(t *testing.T) {
	good := func() *Dataset {
		return &Dataset{Name: "own", Labels: []string{"neg", "pos"}, Train: reviewsOf(2, 2), Test: reviewsOf(1, 1)}
	}
	if err := good().Validate(); err != nil {
		t.Fatal(err)
	}
	d := good()
	d.Test = nil
	if err := d.Validate(); err != nil {
		t.Errorf("without a test half: %v", err)
	}
	d = good()
	d.Test = reviewsOf(1)
	if err := d.Validate(); err != nil {
		t.Errorf("without a test review of pos: %v", err)
	}
	d = good()
	d.Unlabelled = []Example{{ID: "u", Label: -1}}
	if err := d.Validate(); err != nil {
		t.Errorf("with unlabelled reviews: %v", err)
	}
	if err := (&Dataset{Name: "texts", Unlabelled: d.Unlabelled}).Validate(); err != nil {
		t.Errorf("with unlabelled reviews alone: %v", err)
	}
	for want, change := range map[string]func(*Dataset){
		"at least two":                    func(d *Dataset) { d.Labels = []string{"neg"} },
		"a different name for each class": func(d *Dataset) { d.Labels = []string{"neg", "neg"} },
		"no training review":              func(d *Dataset) { d.Train = nil },
		`class "new" in its trai`:         func(d *Dataset) { d.Labels = append(d.Labels, "new") },
		`test half: example "0/0"`:        func(d *Dataset) { d.Test[0].Label = 2 },
		`label "-1"`:                      func(d *Dataset) { d.Train[0].Label = -1 },
		`unlabelled review "u": `:         func(d *Dataset) { d.Unlabelled = []Example{{ID: "u"}} },
		`has no training`:                 func(d *Dataset) { d.Train, d.Unlabelled = nil, []Example{{ID: "u", Label: -1}} },
	} {
		t.Run(want, func(t *testing.T) {
			d := good()
			change(d)
			wantError(t, d.Validate(), `"own"`, want)
		})
	}
	d = good()
	d.Train[1].Label = 9
	var label *LabelError
	if err := d.Validate(); !errors.As(err, &label) || label.Label != "9" {
		t.Error(err)
	}
}
