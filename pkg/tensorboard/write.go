package tensorboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/eventfile"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Pattern matches the names of the event files of this package. The part "tfevents" is how
// TensorBoard finds them.
const Pattern = runfolder.EventFiles

// Write writes the history of a run as an event file in dir, which it creates if it is missing,
// and removes the event file of an earlier call there. It returns the file's path. A run
// without a history is an error.
func Write(folder *runfolder.Folder, dir string) (path string, err error) {
	if folder == nil {
		return "", errNoFolder
	}
	lines, err := folder.ReadHistory()
	if err != nil {
		return "", err
	}
	if len(lines) == 0 {
		return "", fmt.Errorf("%s has no lines yet: train the run first", folder.Path(runfolder.HistoryFile))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	info, err := os.Stat(folder.Path(runfolder.HistoryFile))
	if err != nil {
		return "", err
	}
	return write(folder, dir, lines, info.ModTime())
}

var errNoFolder = errors.New("tensorboard: the run folder is nil: open it with runfolder.Open")

// Update writes the event file in the run's folder, unless it is newer than the history. A run
// without a history has none.
func Update(folder *runfolder.Folder) error {
	if folder == nil {
		return errNoFolder
	}
	history, err := os.Stat(folder.Path(runfolder.HistoryFile))
	if errors.Is(err, os.ErrNotExist) || err == nil && history.Size() == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	files, err := earlier(folder.Dir())
	if err != nil {
		return err
	}
	if len(files) == 1 {
		if info, err := os.Stat(files[0]); err == nil && !info.ModTime().Before(history.ModTime()) {
			return nil
		}
	}
	_, err = Write(folder, folder.Dir())
	return err
}

// earlier returns the event files of this package in a folder, sorted.
func earlier(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if ok, _ := filepath.Match(Pattern, e.Name()); ok {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, nil
}

// write writes the lines to a new file and removes the earlier ones. Its name is greater than
// theirs: a TensorBoard that runs leaves a file for the next one in the order of the names. last
// is the time of the last line.
func write(folder *runfolder.Folder, dir string, lines []runfolder.HistoryLine, last time.Time) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	old, err := earlier(dir)
	if err != nil {
		return "", err
	}
	seconds := last.Unix()
	for _, path := range old {
		var before int64
		if n, _ := fmt.Sscanf(filepath.Base(path), "events.out.tfevents.%d.", &before); n == 1 {
			seconds = max(seconds, before+1)
		}
	}
	path := filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%010d.%s.lorabook", seconds, host))
	experiment, err := text(folder)
	if err != nil {
		return "", err
	}
	accuracy, err := isClassification(folder)
	if err != nil {
		return "", err
	}
	began := unix(last)
	if n := len(lines); n > 0 {
		began -= lines[n-1].Elapsed
	}
	content := eventfile.Append(nil, eventfile.Event{WallTime: began, FileVersion: eventfile.Version})
	content = eventfile.Append(content, eventfile.Event{WallTime: began, Restart: true})
	content = eventfile.Append(content, eventfile.Event{WallTime: began, Values: []eventfile.Value{{Tag: "experiment", Text: experiment}}})
	for _, line := range lines {
		content = appendLine(content, line, began+line.Elapsed, accuracy)
	}
	if err := atomicfile.Write(path, content, 0o644); err != nil {
		return "", fmt.Errorf("%s not written: %w", path, err)
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return "", err
		}
	}
	return path, nil
}

func unix(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// appendLine appends the event of a line of the history. The accuracy of a line is 0 if it was
// not measured, unless every evaluation of the run measures it.
func appendLine(content []byte, line runfolder.HistoryLine, wall float64, accuracy bool) []byte {
	e := eventfile.Event{WallTime: wall, Step: int64(line.Step)}
	add := func(tag string, value float64, measured bool) {
		if measured {
			e.Values = append(e.Values, eventfile.Value{Tag: tag, Scalar: float32(value)})
		}
	}
	if line.Kind == runfolder.EvalLine {
		add("eval/loss", line.Loss, true)
		add("eval/accuracy", line.Accuracy, accuracy || line.Accuracy != 0)
		for _, name := range slices.Sorted(maps.Keys(line.Metrics)) {
			add("eval/"+name, line.Metrics[name], true)
		}
	} else {
		add("train/loss", line.Loss, true)
		add("train/learning_rate", line.LearningRate, true) // 0 in the last step of most schedules
		add("train/grad_norm", line.GradNorm, line.GradNorm != 0)
		add("train/epoch", line.Epoch, true)
		add("train/tokens_per_second", line.TokensPerSecond, line.TokensPerSecond != 0)
	}
	return eventfile.Append(content, e)
}

// isClassification reports whether the run is a fine-tuning with one class per example, whose
// evaluations measure the accuracy.
func isClassification(folder *runfolder.Folder) (bool, error) {
	var fields map[string]json.RawMessage
	if err := folder.Experiment(&fields); err != nil {
		return false, err
	}
	return fields["data"] != nil && fields["task"] == nil, nil
}

// text returns the settings of the run as a Markdown table.
func text(folder *runfolder.Folder) (string, error) {
	var experiment any
	if err := folder.Experiment(&experiment); err != nil {
		return "", err
	}
	values, err := settings.Flatten(experiment)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	out.WriteString("| setting | value |\n| --- | --- |\n")
	code := strings.NewReplacer("|", `\|`, "`", "'", "\n", " ")
	for _, path := range slices.Sorted(maps.Keys(values)) {
		value := values[path]
		if value != "" {
			value = "`" + code.Replace(value) + "`"
		}
		fmt.Fprintf(&out, "| %s | %s |\n", path, value)
	}
	return out.String(), nil
}
