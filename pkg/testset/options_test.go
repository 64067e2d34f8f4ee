package testset

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

func TestPartsOfData(t *testing.T) {
	e := func(ids ...string) (list []data.Example) {
		for _, id := range ids {
			list = append(list, data.Example{ID: id})
		}
		return list
	}
	divided := &data.Dataset{Name: "divided", Labels: []string{"a"}, Train: e("1", "2"), Validation: e("3"), Test: e("4", "5")}
	single := &data.Dataset{Name: "single", Labels: []string{"a"}, Train: e("1", "2", "3")}
	noTest := &data.Dataset{Name: "noTest", Labels: []string{"a"}, Train: e("1", "2"), Validation: e("3")}
	onlyTest := &data.Dataset{Name: "onlyTest", Labels: []string{"a"}, Test: e("4")}
	onlyValidation := &data.Dataset{Name: "onlyValidation", Labels: []string{"a"}, Validation: e("3")}
	hidden := &data.Dataset{Name: "hidden", Labels: []string{"a"}, Train: e("1"), HiddenTest: 7}
	hiddenValidation := &data.Dataset{Name: "hiddenValidation", Labels: []string{"a"}, Train: e("1"), Validation: e("3"), HiddenTest: 7}
	for _, test := range []struct {
		set  *data.Dataset
		o    Options
		want string // ids, or an error's text
	}{
		{divided, Options{}, "4 5"},
		{divided, Options{Part: Validation}, "3"},
		{divided, Options{Part: All}, "1 2 3 4 5"},
		{single, Options{}, "1 2 3"},
		{single, Options{Part: Test}, `no examples of the part "test", because it is not divided or has only a training half, expected one of: train (3 examples)`},
		{noTest, Options{}, "3"},
		{noTest, Options{Part: Test}, `no examples of the part "test", expected one of: train (2 examples), validation (1 examples)`},
		{onlyTest, Options{}, "4"},
		{onlyTest, Options{Part: All}, "4"},
		{onlyTest, Options{Part: Train}, `no examples of the part "train", expected one of: test (1 examples)`},
		{onlyValidation, Options{}, "3"},
		{hidden, Options{}, `because the labels of its 7 test examples are hidden, expected one of: train (1 examples)`},
		{hidden, Options{Part: Train}, "1"},
		{hiddenValidation, Options{}, "3"},
		{hiddenValidation, Options{Part: Test}, "the labels of its 7 test examples are hidden"},
		{single, Options{Examples: 4}, `Examples is 4, but the part "all" of the data set single has 3 examples`},
		{single, Options{Part: OfRun}, `Part is "run", but the model's folder is no run on the data set single`},
		{&data.Dataset{Name: "empty"}, Options{}, "the data set empty has no examples"},
		{single, Options{Part: "half"}, `Part is "half"`},
		{single, Options{Examples: -1}, "Examples is -1"},
	} {
		err := test.o.complete()
		var got []string
		if err == nil {
			var examples []data.Example
			examples, err = test.o.choose(test.set, nil)
			for _, e := range examples {
				got = append(got, e.ID)
			}
		}
		if err != nil && !strings.Contains(err.Error(), test.want) || err == nil && strings.Join(got, " ") != test.want {
			t.Errorf("%s, %+v: got %v, %v; want %s", test.set.Name, test.o, got, err, test.want)
		}
	}
	o := Options{Examples: 2, Seed: 3}
	if drawn, err := o.choose(single, nil); err != nil || len(drawn) != 2 {
		t.Errorf("a draw of 2: %v, %v", drawn, err)
	}
}
