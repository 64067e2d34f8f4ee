package data

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOnColumns describes the columns of a table in each format of values.
func TestOnColumns(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"a.csv": {"id,text,label,n,x\n1,first text,yes,1.5,\n2,,no,2,b\n3,third text,no,3,c\n",
			`id: whole numbers id 3/0, text: strings text 3/1, label: strings label 3/0, n: numbers - 3/0, x: strings - 3/1`},
		"a.jsonl": {`{"text":"first","label":0,"tags":["a","b"],"ok":true,"o":{"p":1}}` + "\n" + `{"text":"second","label":1}` + "\n",
			`text: strings text 2/0, label: whole numbers label 2/0, tags: lists - 2/1, ok: booleans - 2/1, o: objects - 2/1`},
		"pairs.csv": {"premise,hypothesis,label,split\na b,c d,yes,train\ne f,g h,no,train\n",
			`premise: strings text 2/0, hypothesis: strings second text 2/0, label: strings label 2/0, split: strings split 2/0`},
		"nolabel.csv": {"text,other\nfirst text,some words\nsecond text,other words\n",
			`text: strings text 2/0, other: strings - 2/0`},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(test.content), 0o644); err != nil {
			t.Fatal(err)
		}
		var got []string
		calls := 0
		_, err := Opener{BadRows: SkipBadRows, OnColumns: func(columns []Column) {
			calls++
			for _, c := range columns {
				role := c.Role
				if role == "" {
					role = "-"
				}
				got = append(got, fmt.Sprintf("%s: %s %s %d/%d", c.Name, c.Type, role, c.Rows, c.Empty))
				if len(c.Values) != c.Rows-c.Empty {
					t.Errorf("%s: %d values of column %s", name, len(c.Values), c.Name)
				}
			}
		}}.Open(t.Context(), path)
		if (err != nil) != (name == "nolabel.csv") || calls != 1 || strings.Join(got, ", ") != test.want {
			t.Errorf("%s: %d calls, %v\n%s\nexpected\n%s", name, calls, err, strings.Join(got, ", "), test.want)
		}
	}
}

func TestOpenerOpenTexts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte("body;x\nfirst text;1\nsecond text;2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := Opener{Columns: Columns{Text: "body"}, Delimiter: "semicolon"}.OpenTexts(t.Context(), path)
	if err != nil || len(set.Unlabelled)+len(set.Train) != 2 || append(set.Train, set.Unlabelled...)[1].Text != "second text" {
		t.Errorf("%+v, %v", set, err)
	}
}
