package pretrain

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// groupBytes returns the size of a group's states in the file.
func (r *reading) groupBytes(group int) int64 {
	bytes := int64(0)
	for _, n := range r.count[group*teacherGroup : min((group+1)*teacherGroup, len(r.texts))] {
		bytes += int64(n) * int64(r.model.Config.HiddenSize) * 2
	}
	return bytes
}

// sound returns the first group that is incomplete or damaged in the file, its offset, and the
// checksums of the groups before it. In a file of an earlier version, without checksums, every
// complete group is accepted.
func (r *reading) sound(progress progress.Progress) (group int, at int64, sums []byte, err error) {
	stated, err := os.ReadFile(r.file.Name() + runfolder.TeacherSumsEnding)
	unknown := errors.Is(err, fs.ErrNotExist)
	if err != nil && !unknown {
		return 0, 0, nil, err
	}
	info, err := r.file.Stat()
	if err != nil {
		return 0, 0, nil, err
	}
	for ; group*teacherGroup < len(r.texts); group++ {
		n := r.groupBytes(group)
		if at+n > info.Size() || !unknown && 4*(group+1) > len(stated) {
			break
		}
		sum := crc32.New(digest.Castagnoli)
		if _, err := io.Copy(sum, io.NewSectionReader(r.file, at, n)); err != nil {
			return 0, 0, nil, err
		}
		if !unknown && sum.Sum32() != binary.LittleEndian.Uint32(stated[4*group:]) {
			progress.Note(fmt.Sprintf("%s was damaged at byte %d or after it: the teacher's states are computed again from there", r.file.Name(), at))
			break
		}
		at, sums = at+n, binary.LittleEndian.AppendUint32(sums, sum.Sum32())
	}
	if unknown && at > 0 {
		progress.Note(fmt.Sprintf("%s was written by a version of lorabook without checksums: its content is not verified", r.file.Name()))
	}
	return group, at, sums, nil
}
