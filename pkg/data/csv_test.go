package data

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCSVBareQuotes: a file with quotes within fields is a data set.
func TestCSVBareQuotes(t *testing.T) {
	_, err := openFile(t, "own.csv", "text,label\nIt is \"fine\", 5'11\",0\n\"so\" so,1\n")
	wantError(t, err, "own.csv:2", "3 fields, expected 2") // the comma is not within a quoted field
	d, err := openFile(t, "own.csv", "text,label\nIt is \"fine\" 5'11\",0\n\"so\" so,1\n")
	if err != nil {
		t.Fatal(err)
	}
	if d.Train[0].Text != `It is "fine" 5'11"` || d.Train[1].Text != "so so" {
		t.Errorf("%+v", d.Train)
	}
	_, err = openFile(t, "own.csv", "text,label\na,0\n\""+strings.Repeat("x\n", longestLine/2+1))
	wantError(t, err, "own.csv:3", "none closes")
}

// TestCSVOfCarriageReturns: each line of a file whose lines end with "\r" has its number.
func TestCSVOfCarriageReturns(t *testing.T) {
	d, err := openFile(t, "own.csv", "text,label\rGood,1\r\"Two\rlines\",0\r \rBad,0\r")
	if err != nil {
		t.Fatal(err)
	}
	want := []Example{{ID: "train/2", Text: "Good", Label: 1}, {ID: "train/3", Text: "Two\nlines"}, {ID: "train/6", Text: "Bad"}}
	if diff := cmp.Diff(want, d.Train); diff != "" {
		t.Error(diff)
	}
	_, err = openFile(t, "own.csv", "text,label\na,0\n"+strings.Repeat(",", 2*longestLine))
	wantError(t, err, "own.csv:3", "more than")
}
