package runfolder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
)

const historyRemedy = "delete that line"

// ReadHistory returns the lines of the run's history, or none if it does not exist yet. It may be
// called while another process, or a [History], appends: an incomplete last line is ignored. Any
// other invalid line is a *DamagedError.
func (r *Folder) ReadHistory() ([]HistoryLine, error) {
	path := r.Path(HistoryFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines, _, bad, err := parseHistory(content)
	if err != nil {
		return nil, &DamagedError{File: path, Line: bad, Err: err, Remedy: historyRemedy}
	}
	return lines, nil
}

// Replay sends the lines of the history to the listener, if there is one.
func (r *Folder) Replay(listen func(HistoryLine)) error {
	if listen == nil {
		return nil
	}
	lines, err := r.ReadHistory()
	for _, line := range lines {
		listen(line)
	}
	return err
}

// History appends to a run's history.jsonl. It is not safe for use by several
// goroutines.
type History struct {
	file  *os.File
	size  int64 // size of the complete lines, bytes
	lines []HistoryLine
}

// OpenHistory opens the history for appending. It removes an incomplete last line of a killed
// writer. Any other invalid line is a *DamagedError.
func (r *Folder) OpenHistory() (*History, error) {
	if err := r.writable(HistoryFile); err != nil {
		return nil, err
	}
	path := r.Path(HistoryFile)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	h := &History{file: file}
	if err := h.load(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return h, nil
}

func (h *History) load() error {
	content, err := io.ReadAll(h.file)
	if err != nil {
		return err
	}
	lines, whole, bad, err := parseHistory(content)
	if err != nil {
		return &DamagedError{File: h.file.Name(), Line: bad, Err: err, Remedy: historyRemedy}
	}
	h.lines = lines
	return h.cut(int64(whole))
}

// cut truncates the file to size bytes.
func (h *History) cut(size int64) error {
	if err := h.file.Truncate(size); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	h.size = size
	return nil
}

// Lines returns the lines of the file.
func (h *History) Lines() []HistoryLine { return slices.Clone(h.lines) }

// Append adds a line. Its step must not be less than that of the previous line, and its numbers
// must be finite. If writing fails, the file is unchanged.
func (h *History) Append(line HistoryLine) error {
	if err := line.check(); err != nil {
		return fmt.Errorf("%s: the line of step %d: %w", h.file.Name(), line.Step, err)
	}
	if n := len(h.lines); n > 0 && line.Step < h.lines[n-1].Step {
		return fmt.Errorf("%s: found step %d after step %d, expected increasing steps; Truncate the history to resume from an earlier step", h.file.Name(), line.Step, h.lines[n-1].Step)
	}
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("%s: %w", h.file.Name(), err)
	}
	text = append(withChecksum(text), '\n')
	if _, err := h.file.Write(text); err != nil {
		// A part of the line may have been written: the disk may be full.
		return errors.Join(fmt.Errorf("history: %w", err), h.cut(h.size))
	}
	h.size += int64(len(text))
	h.lines = append(h.lines, line)
	return nil
}

// Truncate removes all lines of later steps. A run that resumes from a checkpoint truncates to
// the checkpoint's step and writes the following lines again.
func (h *History) Truncate(step int) error {
	keep, size := len(h.lines), h.size
	content := make([]byte, h.size)
	if _, err := h.file.ReadAt(content, 0); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	for keep > 0 && h.lines[keep-1].Step > step {
		keep--
		size-- // the line feed at the end
		for size > 0 && content[size-1] != '\n' {
			size--
		}
	}
	if keep == len(h.lines) {
		return nil
	}
	if err := h.cut(size); err != nil {
		return err
	}
	h.lines = h.lines[:keep]
	return nil
}

// Rewind is Truncate for a run that resumes. If the step's evaluation is still due, Rewind also
// removes an evaluation of the step that was written before the process was killed.
func (h *History) Rewind(step int, due bool) error {
	if err := h.Truncate(step); err != nil {
		return err
	}
	lines := h.Lines()
	n := len(lines)
	if !due || n == 0 || lines[n-1].Kind != EvalLine || lines[n-1].Step != step {
		return nil
	}
	if err := h.Truncate(step - 1); err != nil {
		return err
	}
	for _, line := range lines[:n-1] {
		if line.Step == step {
			if err := h.Append(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sync waits until the lines are on the disk. It must be called before a checkpoint is written:
// otherwise a power failure could leave a checkpoint without the history before it.
func (h *History) Sync() error { return h.file.Sync() }

// Close closes the file. Lines of a process that is killed without Close are not lost.
func (h *History) Close() error { return h.file.Close() }
