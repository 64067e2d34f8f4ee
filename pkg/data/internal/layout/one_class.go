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

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// isOneClass reports whether a folder has nothing but the texts of one class, of which each is a file:
// .txt files whose names differ in nothing but numbers, such as pos/1.txt or pos/review_1.txt, with one line
// each, or with two numbers, as cv000_29590.txt, or one file. Others may each be a class with one text a
// line: stars/1.txt to stars/5.txt.
func isOneClass(dir string) bool {
	items, err := Visible(dir)
	if err != nil || len(items) == 0 || !areNumbered(items) {
		return false
	}
	if path := filepath.Join(dir, items[0].Name()); len(items) == 1 {
		return !IsFolder(path) && !formats.IsTagged(path, formats.Options{})
	}
	return !slices.ContainsFunc(items, func(item os.DirEntry) bool {
		return !twoNumbers.MatchString(item.Name()) && !isOneLine(filepath.Join(dir, item.Name()))
	})
}

// twoNumbers matches a name with two numbers, which is hardly that of a class.
var twoNumbers = regexp.MustCompile(`[0-9]+[^0-9]+[0-9]+`)

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
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, decode.MaxText+1))
	return err == nil && !bytes.ContainsAny(bytes.TrimSpace(content), "\n")
}
