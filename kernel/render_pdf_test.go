package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/browser"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/render"
)

// Without a browser the command writes nothing, and says what to install.
func TestPDFWithoutABrowser(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv("CHROME", "")
	if browser.Find() != "" {
		t.Skip("SKIPPED: this system has a browser outside the PATH")
	}
	dir := t.TempDir()
	notebook := writeNotebook(t, filepath.Join(dir, "x.ipynb"), `{"cell_type": "markdown", "metadata": {}, "source": "# x"}`)
	_, err := command(t, "render", notebook, "--to", "html,pdf")
	if !errors.Is(err, render.ErrNoBrowser) || !strings.Contains(err.Error(), "apt install chromium") || !strings.Contains(err.Error(), "CHROME") {
		t.Errorf("error %v", err)
	}
	entries, readErr := os.ReadDir(dir)
	if readErr != nil || len(entries) != 1 {
		t.Errorf("%d files, %v; want only the notebook", len(entries), readErr)
	}
	if _, err := command(t, "render", notebook, "--to", "docx"); err == nil || !strings.Contains(err.Error(), "html, md or pdf") {
		t.Errorf("an unknown format: %v", err)
	}
	if _, err := command(t, "render", notebook, "--to", "pdf", "--check"); err == nil || !strings.Contains(err.Error(), "--check compares") {
		t.Errorf("the check of PDF files: %v", err)
	}
}

// A browser that fails, or prints nothing, is an error that names it.
func TestPDFWithABrokenBrowser(t *testing.T) {
	for name, test := range map[string]struct{ script, want string }{
		"fails":  {"echo 'no display' >&2; exit 3", "no display"},
		"silent": {"exit 0", "TMPDIR"},
		"no PDF": {`for a; do case $a in --print-to-pdf=*) echo no >"${a#*=}";; esac; done`, "no PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			program := filepath.Join(dir, "chromium")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+test.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			t.Setenv("CHROME", program)
			notebook := writeNotebook(t, filepath.Join(dir, "x.ipynb"), `{"cell_type": "markdown", "metadata": {}, "source": "# x"}`)
			_, err := command(t, "render", notebook, "--to", "pdf")
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), program) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "x.pdf")); err == nil {
				t.Error("a file is written")
			}
		})
	}
}

func writeNotebook(t *testing.T, path string, cells ...string) string {
	t.Helper()
	text := `{"nbformat": 4, "nbformat_minor": 4, "metadata": {"language_info": {"name": "go", "version": "go1.99"}}, "cells": [` + strings.Join(cells, ",") + `]}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// bluePicture is a picture of the size of a chart, in one colour: each n has another.
func bluePicture(t *testing.T, n byte) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 1520, 900))
	for i := range picture.Pix {
		picture.Pix[i] = []byte{10, 20 * n, 200, 255}[i%4]
	}
	picture.Set(0, 0, color.White)
	var text bytes.Buffer
	if err := png.Encode(&text, picture); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(text.Bytes())
}

// A printed notebook has its whole text, numbered pages, light colours, and no path of this machine.
func TestPDF(t *testing.T) {
	testenv.NeedsTime(t, "a browser prints a notebook")
	if browser.Find() == "" {
		t.Skip("NOT TESTED in a browser: no chromium or google-chrome in PATH; install one, or set CHROME to its executable")
	}
	dir := t.TempDir()
	long := "var settings = map[string]string{" + strings.Repeat(`\"a\": \"b\", `, 40) + `\"last\": \"END_OF_THE_LINE\"}`
	chart := func(n int) string {
		return `{"output_type": "display_data", "metadata": {"image/png": {"width": 760, "height": 450}}, "data": {"image/png": "` + bluePicture(t, byte(n)) + `", "text/plain": "chart"}}`
	}
	var cells []string
	cells = append(cells, `{"cell_type": "code", "execution_count": 1, "outputs": [], "source": "var model = \"tiny\"", "metadata": {"tags": ["parameters"], "execution": {
		"shell.execute_reply": "2026-03-04T05:06:07.000000Z"}}}`, `{"cell_type": "markdown", "metadata": {}, "source": "# A report & its title\n\nSee [the next](y.ipynb), [elsewhere](https://example.org/page), [below](#Last-part)."}`)
	for n := range 4 {
		cells = append(cells, `{"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "draw()", "outputs": [`+chart(n)+`]}`)
	}
	cells = append(cells,
		`{"cell_type": "code", "metadata": {"jupyter": {"source_hidden": true}}, "execution_count": 2, "source": "`+long+`", "outputs": [
		{"output_type": "stream", "name": "stdout", "text": "`+strings.Repeat("complaints about deliveries that arrived late or damaged ", 8)+`END_OF_OUTPUT\n"}]}`,
		`{"cell_type": "code", "metadata": {}, "execution_count": 3, "source": "table()", "outputs": [{"output_type": "display_data", "metadata": {}, "data": {"text/plain": "t",
		"text/html": "<table><tbody><tr><td><details><summary>FOLDED beginning …</summary><span>and its rest</span></details></td></tr></tbody></table>"}}]}`,
		`{"cell_type": "markdown", "metadata": {}, "source": "## Last part\n\nThe end."}`)
	writeNotebook(t, filepath.Join(dir, "x.ipynb"), cells...)
	writeNotebook(t, filepath.Join(dir, "y.ipynb"), `{"cell_type": "markdown", "metadata": {}, "source": "# y"}`)
	if printed, err := command(t, "render", dir, "--to", "pdf"); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 4 {
		t.Errorf("%d files, %v; want two notebooks and two PDF files", len(entries), err)
	}
	document := readPDF(t, filepath.Join(dir, "x.pdf"))
	if len(document.pages) < 3 || len(document.pages) > 5 {
		t.Errorf("%d pages", len(document.pages))
	}
	text := strings.Join(document.pages, " ")
	for _, want := range []string{"A report & its title", "the next (y.pdf)", "https://example.org/page", "END_OF_THE_LINE", "END_OF_OUTPUT", "FOLDED beginning and its rest", "Last part", "printed ", "model tiny", "run on 2026-03-04", "go1.99"} {
		if !strings.Contains(squeeze(text), squeeze(want)) {
			t.Errorf("the text has no %q:\n%s", want, text)
		}
	}
	for i, page := range document.pages {
		if want := squeeze(numbered(i+1, len(document.pages))); !strings.Contains(squeeze(page), want) {
			t.Errorf("page %d has no number %s", i+1, want)
		}
		if i > 0 && !strings.Contains(squeeze(page), squeeze("A report & its title")) {
			t.Errorf("page %d has no running title", i+1)
		}
	}
	if document.pictures != 4 {
		t.Errorf("%d pictures are drawn, want 4, each on one page", document.pictures)
	}
	if bytes.Contains(document.raw, []byte("file:/")) || bytes.Contains(document.raw, []byte(dir)) {
		t.Error("a path of this machine is in the file")
	}
	if !bytes.Contains(document.raw, []byte("https://example.org/page")) {
		t.Error("a link is not one")
	}
	if document.fonts == 0 || document.fonts != document.embedded {
		t.Errorf("%d of %d fonts are embedded", document.embedded, document.fonts)
	}
}
