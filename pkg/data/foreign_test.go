package data

import (
	"strings"
	"testing"
	"unicode/utf16"
)

// TestForeignFormats: a file that is not what its name says is named, with what to do.
func TestForeignFormats(t *testing.T) {
	const csv = "text,label\na,0\nb,1\n"
	wide := func(big bool) string {
		var b strings.Builder
		for _, unit := range utf16.Encode([]rune(csv)) {
			if big {
				b.WriteByte(byte(unit >> 8))
			}
			b.WriteByte(byte(unit))
			if !big {
				b.WriteByte(byte(unit >> 8))
			}
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		file, content string
		want          []string
	}{
		"Excel":            {"own.csv", "PK\x03\x04\x14", []string{"Excel", "CSV"}},
		"UTF-16 with mark": {"own.csv", "\xff\xfe" + wide(false), []string{"UTF-16", "UTF-8"}},
		"UTF-16, big":      {"own.csv", "\xfe\xff" + wide(true), []string{"UTF-16", "UTF-8"}},
		"UTF-16 bare":      {"own.csv", wide(false), []string{"UTF-16", "UTF-8"}},
		"UTF-16 bare, big": {"own.jsonl", wide(true), []string{"UTF-16", "UTF-8"}},
		"other names":      {"own.csv", "words,meaning\na b,0\nc d,1\n", []string{"own.csv:1", `Columns.Text, such as data.Columns{Text: "words"}`, "-p text=words", `"meaning": "0"`}},
		"no labels":        {"own.csv", "id,text\n1,a\n", []string{"own.csv:1", "hidden"}},
		"a JSON array":     {"own.jsonl", `[{"text":"a","label":0}]`, []string{"own.jsonl:1", "one object a line"}},
		"NaN":              {"own.jsonl", `{"text":"a","label":0,"x":NaN}`, []string{"own.jsonl:1", `"x"`, "write null"}},
		"infinite":         {"own.jsonl", `{"text":"a","x": -Infinity,"label":0}`, []string{"own.jsonl:1", `"x"`, "write null"}},
		"JSON":             {"own.json", "[]", []string{"no review"}},
		"another split":    {"own.csv", "text,label,split\na,0,train\nb,1,holdout\n", []string{"own.csv:3", `"train", "validation", "test" or "unsupervised"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := openFile(t, c.file, c.content)
			wantError(t, err, append(c.want, c.file)...)
		})
	}
}
