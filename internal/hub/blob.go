package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// blob downloads a file's content to its place in the cache, under its hash, and returns its
// path. A second process with the same request waits for the first. report receives the number
// of bytes of the file in the cache.
func (d *description) blob(ctx context.Context, file remoteFile, report func(done int64)) (string, error) {
	if !file.checkable() {
		return "", fmt.Errorf("the hub states no hash to check it against (%q): %w", file.hash, ErrCorrupt)
	}
	path := filepath.Join(d.repo.dir(), "blobs", file.hash)
	if whole(path, file.size) {
		report(file.size)
		return path, nil
	}
	// huggingface_hub waits at the same place.
	locks := filepath.Join(CacheDir(), ".locks", filepath.Base(d.repo.dir()))
	for _, dir := range []string{locks, filepath.Dir(path)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return "", err
		}
	}
	lock := flock.New(filepath.Join(locks, file.hash+".lock"))
	defer lock.Close() // the file stays: whoever removes it lets two into one download
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return "", err
	}
	if whole(path, file.size) {
		report(file.size)
		return path, nil
	}
	partial := path + ".incomplete"
	err := retry(ctx, func() error { return d.resume(ctx, file, partial, report) })
	if err != nil {
		return "", err
	}
	return path, os.Rename(partial, path)
}

// whole reports whether a blob is there. It was checked before it got its name.
func whole(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() == size
}

// resume downloads the rest of the partial file and verifies the whole file. After a broken
// connection the received bytes are kept for the next attempt, also by a later process; content
// with a wrong hash is removed.
func (d *description) resume(ctx context.Context, file remoteFile, partial string, report func(done int64)) error {
	out, err := os.OpenFile(partial, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	sum := file.newHash()
	have, err := io.Copy(sum, out)
	if err != nil {
		return err
	}
	resumed := have > 0
	restart := func() error {
		have, resumed = 0, false
		sum = file.newHash()
		_, err := out.Seek(0, io.SeekStart)
		return errors.Join(err, out.Truncate(0))
	}
	if have > file.size {
		if err := restart(); err != nil {
			return err
		}
	}
	if have < file.size || file.size == 0 {
		response, err := get(ctx, d.address(file.name), have)
		var status *StatusError
		if errors.As(err, &status) && status.Status == http.StatusRequestedRangeNotSatisfiable {
			return broken(errors.Join(err, restart()))
		}
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if have > 0 && (response.StatusCode != http.StatusPartialContent || !strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have))) {
			if err := restart(); err != nil { // the server sends the whole
				return err
			}
		}
		progress := &reporter{done: have, report: report}
		// One byte more than it should be is enough to know.
		n, err := io.Copy(io.MultiWriter(out, sum, progress), io.LimitReader(response.Body, file.size-have+1))
		have += n
		var writing *os.PathError
		switch {
		case errors.As(err, &writing):
			return err
		case err != nil && have <= file.size:
			return fmt.Errorf("the connection ended at %d of %d bytes; the next attempt continues from there: %w", have, file.size, broken(err))
		}
	}
	if err := file.check(partial, have, hex.EncodeToString(sum.Sum(nil))); err != nil {
		err = errors.Join(err, os.Remove(partial))
		if resumed {
			// The earlier bytes may be wrong.
			return broken(err)
		}
		return err
	}
	return out.Sync()
}

// newHash is the hash that the hub names the file by.
func (f remoteFile) newHash() hash.Hash {
	if len(f.hash) == 2*sha256.Size {
		return sha256.New()
	}
	git := sha1.New()
	fmt.Fprintf(git, "blob %d\x00", f.size)
	return git
}

// check compares a download with the hub's description of the file.
func (f remoteFile) check(path string, size int64, sum string) error {
	if size == f.size && sum == f.hash {
		return nil
	}
	if file, err := os.Open(path); err == nil {
		defer file.Close()
		head := make([]byte, 256)
		n, _ := io.ReadFull(file, head)
		if kind := describeResponse(head[:n]); kind == "an HTML page" {
			return fmt.Errorf("the server sent an HTML page instead of the file, the hub states %d bytes: "+
				"is there a proxy or a sign-in page in between? %w", f.size, ErrCorrupt)
		}
	}
	if size > f.size {
		return fmt.Errorf("the server sent more than the %d bytes that the hub states: try again: %w", f.size, ErrCorrupt)
	}
	if size < f.size {
		return fmt.Errorf("the download has %d bytes, the hub states %d: try again: %w", size, f.size, ErrCorrupt)
	}
	kind := "SHA-256"
	if len(f.hash) != 2*sha256.Size {
		kind = "Git SHA-1"
	}
	return fmt.Errorf("the download has %s %s, the hub states %s: a proxy may have changed it, try again: %w", kind, sum, f.hash, ErrCorrupt)
}

// reporter counts the bytes written to it.
type reporter struct {
	done   int64
	report func(done int64)
}

func (r *reporter) Write(p []byte) (int, error) {
	r.done += int64(len(p))
	r.report(r.done)
	return len(p), nil
}
