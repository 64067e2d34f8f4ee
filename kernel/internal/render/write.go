package render

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/bytesize"
)

const indexFile = "index.html"

// write puts the files into the folder, each whole or not at all: pictures before the pages that
// show them, the index last. A Markdown file that somebody else wrote is not replaced.
func (r *rendered) write(out io.Writer) error {
	names := slices.SortedStableFunc(maps.Keys(r.files), func(x, y string) int {
		if order := rank(x) - rank(y); order != 0 {
			return order
		}
		return strings.Compare(x, y)
	})
	changed := make(map[string]bool)
	for _, name := range names {
		file := filepath.Join(r.out, filepath.FromSlash(name))
		old, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && path.Ext(name) == ".md" && !bytes.Contains(old, []byte(markdownMark)) {
			return fmt.Errorf("%s exists and is no rendered notebook: write to another folder with --out", file)
		}
		changed[name] = err != nil || !bytes.Equal(old, r.files[name])
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return fmt.Errorf("the folder of the pages: %w", err)
	}
	for _, name := range names {
		file := filepath.Join(r.out, filepath.FromSlash(name))
		if !changed[name] {
			if rank(name) > 0 {
				fmt.Fprintf(out, "%s is up to date\n", file)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("the folder of the pictures: %w", err)
		}
		if err := atomicfile.Write(file, r.files[name], 0o644); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if rank(name) > 0 {
			fmt.Fprintf(out, "%s written, %s\n", file, bytesize.Text(int64(len(r.files[name]))))
		}
	}
	for _, file := range r.leftPictures() {
		if err := os.Remove(filepath.Join(r.out, filepath.FromSlash(file))); err != nil {
			return err
		}
	}
	return nil
}

// rank orders the files of a folder.
func rank(name string) int {
	switch {
	case strings.Contains(name, "/"):
		return 0
	case name != indexFile:
		return 1
	}
	return 2
}

// leftPictures returns the pictures of an earlier rendering that the Markdown pages no longer show.
func (r *rendered) leftPictures() []string {
	var left []string
	for name := range r.files {
		base, isMarkdown := strings.CutSuffix(name, ".md")
		if !isMarkdown {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(r.out, base+"_files"))
		if err != nil {
			continue // there are none
		}
		ours := regexp.MustCompile(`^` + regexp.QuoteMeta(base) + `_\d+_\d+\.(svg|png|webp|jpg|gif)$`)
		for _, entry := range entries {
			picture := base + "_files/" + entry.Name()
			if _, belongs := r.files[picture]; !belongs && ours.MatchString(entry.Name()) {
				left = append(left, picture)
			}
		}
	}
	slices.Sort(left)
	return left
}
