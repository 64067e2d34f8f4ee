package chart

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/pkg/chart/echarts"
)

// Save writes a chart to a file, whole or not at all, in the form that the
// file's extension names:
//
//	.svg   the static picture, vectors
//	.png   the static picture, pixels
//	.html  a page that needs nothing else: the interactive chart if the ECharts
//	       library is on this machine, see [echarts.Library], else the static picture
//
// A library that is there but damaged is an error; one that is not, is not.
func Save(c Chart, path string) error {
	if c.figure == nil {
		return errNoChart
	}
	var content []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg":
		content, err = c.SVG()
	case ".png":
		content, err = c.PNG()
	case ".html", ".htm":
		var library []byte
		if library, err = echarts.Library(); err != nil && !errors.Is(err, echarts.ErrNoLibrary) {
			return fmt.Errorf("chart: save %s: %w", path, err)
		}
		content, err = c.page(library)
	default:
		return fmt.Errorf("chart: save %s: %q is no form of a chart; name the file .svg, .png or .html", path, ext)
	}
	if err != nil {
		return err
	}
	if err := atomicfile.Write(path, content, 0o644); err != nil {
		return fmt.Errorf("chart: save %s: %w", path, err)
	}
	return nil
}
