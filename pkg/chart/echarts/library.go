package echarts

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

// Version is the version of Apache ECharts (Apache-2.0) that draws the
// interactive charts: the one that go-echarts v2.7 is made for.
const Version = "5.4.3"

// echartsSum is the SHA-256 of its dist/echarts.min.js, as published.
const echartsSum = "1156429a16a38cb8604dcc6518c19406d4226142d908f8edd2e3531443c54d19"

// Env is the environment variable that names a file to use instead of the cached one.
const Env = "LORABOOK_ECHARTS"

// ErrNoLibrary means that the library was not fetched.
var ErrNoLibrary = errors.New("echarts: no ECharts library on this machine")

// ChecksumError reports a file whose checksum is not that of ECharts [Version].
type ChecksumError struct {
	Source string // file or place of download
	Got    string // SHA-256, hexadecimal
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("echarts: %s is not ECharts %s: SHA-256 %s, expected %s", e.Source, Version, e.Got, echartsSum)
}

// Path returns the path of the ECharts library: the file that
// LORABOOK_ECHARTS names, else lorabook/echarts-VERSION.min.js in the user's
// cache folder ([os.UserCacheDir]).
func Path() (string, error) {
	if path := os.Getenv(Env); path != "" {
		return path, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("echarts: no place for the ECharts library: %w; set %s to its file", err, Env)
	}
	return filepath.Join(dir, "lorabook", "echarts-"+Version+".min.js"), nil
}

// Library returns the text of the ECharts library from [Path]. The error is
// [ErrNoLibrary] if the file does not exist, and a [*ChecksumError] if the
// cached file is another one. A file named by LORABOOK_ECHARTS may have any
// version, but must be ECharts.
func Library() ([]byte, error) {
	path, err := Path()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s does not exist; `go run ./kernel install` or echarts.Fetch downloads it, or set %s to a copy of echarts.min.js", ErrNoLibrary, path, Env)
	}
	if err != nil {
		return nil, fmt.Errorf("echarts: read the ECharts library: %w", err)
	}
	if os.Getenv(Env) == "" {
		return text, checkLibrary(path, text)
	}
	if !bytes.Contains(text, []byte("echarts")) || !bytes.Contains(text, []byte("setOption")) {
		return nil, fmt.Errorf("echarts: %s, which %s names, is not the ECharts library: it defines no setOption; name a copy of echarts.min.js", path, Env)
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
