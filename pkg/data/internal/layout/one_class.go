package layout

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/regularfile"
	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// isOneClass reports whether a folder has nothing but the texts of one class, of which each is a .txt file: many
// files with serial numbers, as cv000_29590.txt, or one file with a number in its name and one line. Several
// others may each be a class with one text a line, stars/1.txt to stars/5.txt and ages/18-24.txt, and one
// file may be a table.
func isOneClass(dir string) bool {
	items, err := Visible(dir)
	if err != nil || len(items) == 0 || !areNumbered(items) {
		return false
	}
	if len(items) > 1 {
		return haveSerials(items)
	}
	path := filepath.Join(dir, items[0].Name())
	return isOneLine(path) && !formats.IsTagged(path, formats.Options{})
}

// serialName matches letters, a number and a second number of three or more digits, which is hardly the name of
// a class.
var serialName = regexp.MustCompile(`^[^0-9]*\pL[^0-9]*[0-9]+[^0-9]+([0-9]{3,})\.`)

// haveSerials reports whether the files are more than there are classes by their number, and have names with
// serial numbers, all different.
func haveSerials(items []os.DirEntry) bool {
	const mostClasses = 50
	seen := map[string]bool{}
	for _, item := range items {
		serial := serialName.FindStringSubmatch(item.Name())
		if serial == nil || seen[serial[1]] {
			return false
		}
		seen[serial[1]] = true
	}
	return len(items) > mostClasses
}

// areNumbered reports whether the names are those of .txt files and differ in nothing but numbers.
func areNumbered(items []os.DirEntry) bool {
	return !slices.ContainsFunc(items, func(item os.DirEntry) bool {
		name := item.Name()
		return !IsText(name) || accompanies(name) || numberless(name) == name || numberless(name) != numberless(items[0].Name())
	})
}

// numberedWarning warns of files that are read as classes and may be texts of one.
func numberedWarning(dir string) []string {
	items, err := Visible(dir)
	if err != nil || !areNumbered(items) {
		return nil
	}
	return []string{fmt.Sprintf("the names of the files in %s differ in nothing but numbers, and each is read as a class with one text a line: "+
		"if each is a text of one class, unpack the archive, and open a folder that has a folder of such files for each class", dir)}
}

// textsOfClass returns the texts of the only class in a folder without files such as README.txt. Unread files or
// folders with texts beside them are an error, since the folders may be the classes: bbc/sport/1.txt.
func textsOfClass(dir string, tables []formats.Table, unread []string) ([]formats.Table, error) {
	if len(tables) > 0 && len(unread) > 0 {
		folder := filepath.Dir(tables[0].Path)
		return nil, fmt.Errorf("%s holds a folder of one class, %q, in which other data than its .txt files are not read, such as %s: expected nothing but the texts of the class; "+
			"if the folders in %s are the classes, open it by its name", dir, tables[0].Class, unread[0], folder)
	}
	return slices.DeleteFunc(tables, func(t formats.Table) bool {
		return t.Format == formats.Text && slices.Contains(notClasses, strings.ToLower(formats.Stem(t.Path)))
	}), nil
}

// oneClassError is the error of the texts of one class beside something else; nil for another folder.
func oneClassError(dir string, wanted Wanted) error {
	items, _ := Visible(dir)
	if slices.ContainsFunc(items, func(item os.DirEntry) bool { return halves.IsName(item.Name()) }) {
		return nil
	}
	texts, _, err := classTexts(dir, dir, "", wanted)
	others := besides(dir, texts)
	if err != nil || len(texts) == 0 || len(others) == 0 {
		return nil
	}
	const most = 12
	return fmt.Errorf("%s holds the texts of one class, %q, and %q: expected nothing else beside them, as they may belong to a program: "+
		"move the rest away, or the texts into a folder of their own that holds the folder or file %[2]q", dir, texts[0].Class, others[:min(len(others), most)])
}

// numberless returns a name without its digits.
func numberless(name string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, name)
}

// isOneLine reports whether a file has at most one line that is not blank, and is not compressed.
func isOneLine(path string) bool {
	if stem, _ := decode.CutCompression(path); stem != path {
		return false
	}
	file, err := regularfile.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, decode.MaxText+1))
	return err == nil && !bytes.ContainsAny(bytes.TrimSpace(content), "\n")
}
