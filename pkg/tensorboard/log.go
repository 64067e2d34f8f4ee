package tensorboard

import (
	"fmt"
	"os"
	"time"

	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Log appends to the event file in a run's folder while the run trains. It is not safe for use
// by several goroutines.
type Log struct {
	file     *os.File
	accuracy bool
}

// Begin writes the lines that the history has at the start of a process to a new event file in
// the run's folder, and removes the earlier event file. So each step has one event, even if the
// training resumes from an earlier step than its last line. Close it when done.
func Begin(folder *runfolder.Folder, lines []runfolder.HistoryLine) (*Log, error) {
	if folder == nil {
		return nil, errNoFolder
	}
	path, err := write(folder, folder.Dir(), lines, time.Now())
	if err != nil {
		return nil, err
	}
	l := &Log{}
	if l.accuracy, err = isClassification(folder); err != nil {
		return nil, err
	}
	l.file, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	return l, err
}

// Add appends the event of a line that was added to the history.
func (l *Log) Add(line runfolder.HistoryLine) error {
	if _, err := l.file.Write(appendLine(nil, line, unix(time.Now()), l.accuracy)); err != nil {
		return fmt.Errorf("event file: %w", err)
	}
	return nil
}

// Close closes the file.
func (l *Log) Close() error { return l.file.Close() }
