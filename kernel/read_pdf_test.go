package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ledongthuc/pdf"
)

// printedDocument is what a PDF file holds.
type printedDocument struct {
	raw             []byte
	pages           []string // the text of each
	pictures        int      // drawn, counted on every page
	fonts, embedded int
}

func readPDF(t *testing.T, path string) printedDocument {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := pdf.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	document := printedDocument{raw: raw}
	for i := range reader.NumPage() {
		page := reader.Page(i + 1)
		text, err := page.GetPlainText(nil)
		if err != nil {
			t.Fatal(err)
		}
		document.pages = append(document.pages, text)
		for _, name := range page.Fonts() {
			document.fonts++
			if embedded(page.Font(name)) {
				document.embedded++
			}
		}
		objects := page.Resources().Key("XObject")
		for _, name := range objects.Keys() {
			if objects.Key(name).Key("Subtype").Name() == "Image" {
				document.pictures++
			}
		}
	}
	return document
}

// embedded reports whether a font's outlines are in the file.
func embedded(font pdf.Font) bool {
	if font.V.Key("Subtype").Name() == "Type3" {
		return true // its outlines are drawn in the file
	}
	for _, holder := range []pdf.Value{font.V, font.V.Key("DescendantFonts").Index(0)} {
		descriptor := holder.Key("FontDescriptor")
		for _, key := range []string{"FontFile", "FontFile2", "FontFile3"} {
			if !descriptor.Key(key).IsNull() {
				return true
			}
		}
	}
	return false
}

// squeeze drops white space, which a printed text does not keep.
func squeeze(text string) string { return strings.Join(strings.Fields(text), "") }

// numbered is the number of a page.
func numbered(page, pages int) string { return fmt.Sprintf("%d / %d", page, pages) }
