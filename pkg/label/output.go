package label

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"

	"github.com/lorabook/lorabook/internal/digest"
)

// checkpointEvery is the least time between two checkpoints of the output. A process that is killed
// loses the work of so long.
const checkpointEvery = time.Second

// output is the output that grows.
type output struct {
	path   string
	report *Report
	lock   *flock.Flock
	file   *os.File     // nil if the report is finished
	digest digest.Bytes // of what the file contains

	begun     time.Time // of this process
	before    float64   // seconds of earlier processes
	committed time.Time
}

// begin creates the files of a new output, or continues with those of an earlier process. The lines
// behind the last checkpoint are removed.
func begin(o *Options, m Model) (_ *output, err error) {
	if info, err := os.Stat(filepath.Dir(o.Output)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("label: the folder of the output %s does not exist: make it first", o.Output)
	}
	out := &output{path: o.Output, begun: time.Now(), digest: digest.NewBytes()}
	out.lock = flock.New(o.Output + lockSuffix)
	locked, err := out.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("label: %s cannot be locked: %w", o.Output+lockSuffix, err)
	}
	if !locked {
		return nil, fmt.Errorf("label: another process writes %s: wait for it, or name another output", o.Output)
	}
	defer func() {
		if err != nil {
			out.close()
		}
	}()
	now := o.settings(m)
	out.report, err = ReadReport(o.Output)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return out, out.create(o, now)
	case err != nil:
		return nil, err
	}
	if changes := out.report.Settings.changes(now); len(changes) > 0 {
		if out.report.Shards > 0 || out.report.Finished {
			return nil, &ChangedError{o.Output, changes}
		}
		return out, out.replace(o, now)
	}
	out.before = out.report.Seconds
	return out, out.resume()
}

// create begins a new output.
func (out *output) create(o *Options, s Settings) error {
	for _, path := range []string{out.path, out.path + partialSuffix} {
		there, err := exists(path)
		if err != nil {
			return err
		}
		if there {
			return fmt.Errorf("label: %s exists, and %s, which would describe it, does not: name another output, or delete it", path, out.path+reportSuffix)
		}
	}
	header, err := o.Lines.header(s.Model)
	if err != nil {
		return err
	}
	out.report = &Report{Format: reportFormat, Job: uuid.NewString(), Source: o.Source, Settings: s}
	// The report comes first: a partial file without one would belong to nobody.
	if err := out.report.write(out.path); err != nil {
		return err
	}
	if out.file, err = os.OpenFile(out.path+partialSuffix, os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
		return err
	}
	return out.write(header)
}

// replace begins again with other settings, since no line was written, such as after the error of an input
// that cannot be read.
func (out *output) replace(o *Options, s Settings) error {
	for _, path := range []string{out.path + partialSuffix, out.path + reportSuffix} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return out.create(o, s)
}

// write appends to the file, and counts and digests what it appends.
func (out *output) write(lines []byte) error {
	if _, err := out.file.Write(lines); err != nil {
		return err
	}
	out.report.Bytes += int64(len(lines))
	_, err := out.digest.Write(lines)
	return err
}

// resume continues with the output of an earlier process.
func (out *output) resume() (err error) {
	partial, done := out.path+partialSuffix, out.path
	there, err := exists(partial)
	if err != nil {
		return err
	}
	if out.report.Finished {
		if there { // it was killed before the last step
			if err := out.checkFinished(partial); err != nil {
				return err
			}
			return os.Rename(partial, done)
		}
		return out.checkFinished(done)
	}
	if out.file, err = os.OpenFile(partial, os.O_CREATE|os.O_RDWR, 0o644); err != nil {
		return err
	}
	info, err := out.file.Stat()
	if err != nil {
		return err
	}
	if out.report.Shards == 0 { // it may have been killed before the header was written
		header, err := out.report.Settings.Lines.header(out.report.Settings.Model)
		if err != nil {
			return err
		}
		if err := out.file.Truncate(0); err != nil {
			return err
		}
		out.report.Bytes = 0
		return out.write(header)
	}
	if info.Size() < out.report.Bytes {
		return fmt.Errorf("label: %s has %d bytes, but its report says that %d were written: delete it with %s to begin again", partial, info.Size(), out.report.Bytes, out.path+reportSuffix)
	}
	if _, err := io.CopyN(out.digest, out.file, out.report.Bytes); err != nil {
		return fmt.Errorf("label: %s cannot be read: %w", partial, err)
	}
	if err := out.checkDigest(partial, out.digest.String()); err != nil {
		return err
	}
	return out.file.Truncate(out.report.Bytes)
}

// checkFinished compares a finished output with the report.
func (out *output) checkFinished(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("label: %s says that the output is finished: delete it to begin again: %w", out.path+reportSuffix, err)
	}
	if info.Size() != out.report.Bytes {
		return fmt.Errorf("label: %s has %d bytes, but was finished with %d: something else changed it; name another output, or delete it with %s", path, info.Size(), out.report.Bytes, out.path+reportSuffix)
	}
	sum, err := digest.File(path)
	if err != nil {
		return fmt.Errorf("label: %w", err)
	}
	return out.checkDigest(path, sum)
}

// checkDigest compares the digest of what was written with the report, if the report has one.
func (out *output) checkDigest(path, sum string) error {
	if out.report.Digest != "" && sum != out.report.Digest {
		return fmt.Errorf("label: the first %d bytes of %s have the digest %s, but what was written has %s: something else changed them; name another output, or delete it with %s", out.report.Bytes, path, sum, out.report.Digest, out.path+reportSuffix)
	}
	return nil
}

// add appends the lines of the next shard. texts is the digest of the texts up to it.
func (out *output) add(b Block, texts string) error {
	if b.Shard != out.report.Shards {
		return fmt.Errorf("label: the lines of shard %d arrived, expected those of shard %d", b.Shard, out.report.Shards)
	}
	if err := out.write(b.Lines); err != nil {
		return err
	}
	out.report.Shards++
	out.report.Texts = texts
	out.report.Counts.Add(b.Counts)
	if time.Since(out.committed) < checkpointEvery {
		return nil
	}
	return out.checkpoint()
}

// checkpoint records how far the output is. The lines are on the disk before the report says so.
func (out *output) checkpoint() error {
	out.report.Seconds = out.before + time.Since(out.begun).Seconds()
	if err := out.file.Sync(); err != nil {
		return err
	}
	out.report.Digest = out.digest.String()
	if err := out.report.write(out.path); err != nil {
		return err
	}
	out.committed = time.Now()
	return nil
}

// finish gives the output its name.
func (out *output) finish(stamps []string) error {
	out.report.Finished, out.report.Stamps = true, slices.Clone(stamps)
	if err := out.checkpoint(); err != nil {
		return err
	}
	if err := out.file.Close(); err != nil {
		return err
	}
	out.file = nil
	return os.Rename(out.path+partialSuffix, out.path)
}

// close releases the output. What was not recorded by a checkpoint is written again next time.
func (out *output) close() {
	if out.file != nil {
		_ = out.file.Close()
	}
	if out.report != nil && out.report.Finished {
		_ = os.Remove(out.lock.Path()) // of a finished output nothing is written any more
	}
	_ = out.lock.Close()
}
