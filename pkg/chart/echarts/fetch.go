package echarts

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/printable"
)

// maxLibrary bounds what a download may hold; the library is 1 MB, npm's
// package of it 12 MB.
const maxLibrary = 64 << 20

// source is a way to get the library's text.
type source struct {
	name string
	get  func(ctx context.Context) ([]byte, error)
}

// Fetch downloads the ECharts library to [Path], if it is not there yet, and returns its
// path. The sources are go-echarts' public assets, then the npm client, if installed. The
// SHA-256 must be that of version [Version]; otherwise nothing is written.
//
// If LORABOOK_ECHARTS is set, Fetch checks the file that it names and downloads nothing.
func Fetch(ctx context.Context) (path string, err error) {
	return fetch(ctx, []source{
		{"go-echarts' assets", func(ctx context.Context) ([]byte, error) { return download(ctx, assetsURL()) }},
		{"npm", npmPack},
	})
}

func fetch(ctx context.Context, sources []source) (string, error) {
	path, err := Path()
	if err != nil {
		return "", err
	}
	if _, err := Library(); err == nil {
		return path, nil
	} else if os.Getenv(Env) != "" {
		return "", err
	}
	var failed []error
	for _, s := range sources {
		text, err := s.get(ctx)
		if err == nil {
			err = checkLibrary(s.name, text)
		}
		if ctx.Err() != nil {
			return "", fmt.Errorf("echarts: fetch: %w", ctx.Err())
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("from %s: %w", s.name, err))
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return "", fmt.Errorf("echarts: write: %w", err)
		}
		if err := atomicfile.Write(path, text, 0o644); err != nil {
			return "", fmt.Errorf("echarts: write: %w", err)
		}
		return path, nil
	}
	return "", fmt.Errorf("echarts: version %s could not be fetched; charts are static pictures. Put its dist/echarts.min.js at %s, or name it in %s:\n%w", Version, path, Env, errors.Join(failed...))
}

// assetsURL is where go-echarts' own pages load the library from.
func assetsURL() string {
	page := charts.NewLine()
	return page.AssetsHost + opts.EchartsJS
}

func download(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET %s: %s", url, printable.Marked(response.Status))
	}
	return readAll(response.Body, url)
}

func readAll(r io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxLibrary+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(text) > maxLibrary {
		return nil, fmt.Errorf("%s is larger than %d MB, which ECharts is not", name, maxLibrary>>20)
	}
	return text, nil
}

// npmPack has the npm client download the package, from whatever registry it
// is set up for, and takes the one file out of it.
func npmPack(ctx context.Context) ([]byte, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, errors.New("npm is not installed")
	}
	dir, err := os.MkdirTemp("", "lorabook-echarts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, npm, "pack", "--silent", "--ignore-scripts", "echarts@"+Version)
	command.Dir = dir
	command.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	command.Stderr = &stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("npm pack: %w: %s", err, strings.TrimSpace(stderr.String()))
	}
	packages, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(packages) != 1 {
		return nil, fmt.Errorf("npm pack left %d packages, not one", len(packages))
	}
	file, err := os.Open(packages[0])
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return unpack(file, "package/dist/echarts.min.js")
}

// unpack reads one file out of a gzipped tar archive.
func unpack(archive io.Reader, name string) ([]byte, error) {
	unzipped, err := gzip.NewReader(archive)
	if err != nil {
		return nil, fmt.Errorf("npm's package: %w", err)
	}
	entries := tar.NewReader(unzipped)
	for {
		entry, err := entries.Next()
		if err == io.EOF {
			return nil, fmt.Errorf("npm's package holds no %s", name)
		}
		if err != nil {
			return nil, fmt.Errorf("npm's package: %w", err)
		}
		if entry.Name == name {
			return readAll(entries, name)
		}
	}
}
