package data

import (
	"slices"
	"testing"
)

// The labels at the beginning of a line have fastText's default prefix.
func TestFastText(t *testing.T) {
	for name, c := range map[string]struct {
		file, content, want string
	}{
		"classes":                    {"own.txt", "__label__good Warm soup\n__label__bad Cold, old soup\n", "own, train 2 (bad 1, good 1), test 0"},
		"tabs and a byte order mark": {"own.txt", "\ufeff__label__good\tWarm soup\r\n\r\n__label__bad\tCold soup\r\n", "own, train 2 (bad 1, good 1), test 0"},
		"another extension":          {"own.ft", "__label__good Warm soup\n__label__bad Cold soup\n", "own, train 2 (bad 1, good 1), test 0"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := openFile(t, c.file, c.content)
			if err != nil {
				t.Fatal(err)
			}
			if got := d.String(); got != c.want || d.Train[0].Text != "Warm soup" {
				t.Errorf("%s, want %s; first text %q", got, c.want, d.Train[0].Text)
			}
		})
	}
}

func TestFastTextTasks(t *testing.T) {
	d, err := openWith(t, Opener{Task: MultiLabel}, "own.txt", "__label__soup Warm\n__label__soup __label__old,cold Yesterday's soup\n")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Labels, []string{"old,cold", "soup"}) || !slices.Equal(d.Train[1].Labels, []int{0, 1}) || !slices.Equal(d.Train[0].Labels, []int{1}) {
		t.Errorf("classes %q, labels %v and %v", d.Labels, d.Train[0].Labels, d.Train[1].Labels)
	}
	d, err = openWith(t, Opener{Task: Regression}, "own.txt", "__label__0.25 Warm soup\n__label__1.5 Cold soup\n")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train[0].Value != 0.25 || d.Train[1].Value != 1.5 {
		t.Errorf("values %v and %v", d.Train[0].Value, d.Train[1].Value)
	}
}

func TestFastTextFaults(t *testing.T) {
	for content, want := range map[string][]string{
		"__label__a One\nTwo\n":                         {"own.txt:2", "missing"},
		"__label__a One\n__label__b\n":                  {"own.txt:2", "text is empty"},
		"__label__a One\n__label__b Two __label__c\n":   {"own.txt:2", "after the text"},
		"__label__a One\n__label__b\tTwo\t__label__c\n": {"own.txt:2", "after the text"},
		"__label__a __label__b One\n__label__b Two\n":   {"own.txt:1", "multi_label_classification"},
	} {
		_, err := openFile(t, "own.txt", content)
		wantError(t, err, want...)
	}
}

// A CSV file whose first field is a label of fastText is read as such, if its options say so, or if every label has a
// comma.
func TestFastTextLabelInCSV(t *testing.T) {
	const commas = "__label__good,Warm soup\n__label__bad,Cold soup\n__label__good,Warm bread\n__label__bad,Old bread\n"
	for _, c := range []struct {
		file, content, delimiter string
		header                   Header
	}{
		{"own.txt", "__label__good;Warm soup\n__label__bad;Cold soup\n", "semicolon", NoHeader},
		{"own", commas, "comma", NoHeader},
		{"own", commas, "", ""},
		{"own.txt", commas, "", ""},
	} {
		d, err := openWith(t, Opener{Delimiter: c.delimiter, Header: c.header, Columns: Columns{Label: "1", Text: "2"}}, c.file, c.content)
		if err != nil {
			t.Error(err)
		} else if d.Train[0].Text != "Warm soup" {
			t.Errorf("%+v: %q", c, d.Train[0].Text)
		}
	}
}

// A .txt file of JSON Lines is read as such; its objects are no texts.
func TestJSONLinesInTextFile(t *testing.T) {
	const content = `{"text":"Warm soup","label":"good"}` + "\n" + `{"text":"Cold soup","label":"bad"}` + "\n"
	d, err := openFile(t, "own.txt", content)
	if err != nil {
		t.Fatal(err)
	}
	if got := d.String(); got != "own, train 2 (bad 1, good 1), test 0" {
		t.Error(got)
	}
	d, err = openWith(t, Opener{Unlabelled: true, textsOnly: true}, "own.txt", content)
	if err != nil {
		t.Fatal(err)
	}
	if texts := d.AllTexts(); !slices.Equal(texts, []string{"Warm soup", "Cold soup"}) {
		t.Errorf("%q", texts)
	}
}
