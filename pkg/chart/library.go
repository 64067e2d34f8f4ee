package chart

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// EChartsVersion is the version of Apache ECharts (Apache-2.0) that draws the
// interactive charts: the one that go-echarts v2.7 is made for.
const EChartsVersion = "5.4.3"

// echartsSum is the SHA-256 of its dist/echarts.min.js, as published.
const echartsSum = "1156429a16a38cb8604dcc6518c19406d4226142d908f8edd2e3531443c54d19"

// echartsEnv names the file to use instead of the cached one.
const echartsEnv = "LORABOOK_ECHARTS"

// ErrNoLibrary is what [Library] answers where ECharts was never fetched.
var ErrNoLibrary = errors.New("no ECharts library on this machine")

// ChecksumError is a file that is not the ECharts it should be.
type ChecksumError struct {
	Source string // file or place of download
	Got    string // SHA-256, hexadecimal
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("%s is not ECharts %s: its SHA-256 is %s, not %s", e.Source, EChartsVersion, e.Got, echartsSum)
}

// LibraryPath returns where the ECharts library is looked for: the file that
// LORABOOK_ECHARTS names, else lorabook/echarts-VERSION.min.js in the user's
// cache folder ([os.UserCacheDir]).
func LibraryPath() (string, error) {
	if path := os.Getenv(echartsEnv); path != "" {
		return path, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("chart: no place for the ECharts library: %w; set %s to its file", err, echartsEnv)
	}
	return filepath.Join(dir, "lorabook", "echarts-"+EChartsVersion+".min.js"), nil
}

// Library returns the text of the ECharts library from [LibraryPath]. It is
// [ErrNoLibrary] where the file is not there, and a [*ChecksumError] where the
// cached file is another one. A file named by LORABOOK_ECHARTS may be of any
// version; it must be ECharts.
func Library() ([]byte, error) {
	path, err := LibraryPath()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s is not there; `go run ./kernel install` or chart.FetchECharts brings it, or set %s to a copy of echarts.min.js", ErrNoLibrary, path, echartsEnv)
	}
	if err != nil {
		return nil, fmt.Errorf("chart: read the ECharts library: %w", err)
	}
	if os.Getenv(echartsEnv) == "" {
		return text, checkLibrary(path, text)
	}
	if !bytes.Contains(text, []byte("echarts")) || !bytes.Contains(text, []byte("setOption")) {
		return nil, fmt.Errorf("chart: %s, which %s names, is not the ECharts library: it defines no setOption; name a copy of echarts.min.js", path, echartsEnv)
	}
	return text, nil
}

func checkLibrary(source string, text []byte) error {
	sum := sha256.Sum256(text)
	if got := hex.EncodeToString(sum[:]); got != echartsSum {
		return &ChecksumError{source, got}
	}
	return nil
}
