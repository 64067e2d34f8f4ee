package label

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"time"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data"
)

// Ends of the names of the files beside the output.
const (
	reportSuffix  = ".report.json"
	partialSuffix = ".partial"
	lockSuffix    = ".lock"
)

// reportFormat is the version of the report and of the lines.
const reportFormat = 1

// Report is the content of the file OUTPUT.report.json: the settings and the progress of an output.
type Report struct {
	Format   int      `json:"format"`
	Job      string   `json:"job"`              // identifies the output, for workers
	Source   string   `json:"source,omitempty"` // name of the model
	Finished bool     `json:"finished"`
	Settings Settings `json:"settings"`
	Stamps   []string `json:"stamps,omitempty"` // of the files of the inputs when it was finished

	Shards  int     `json:"shards"`           // whose lines are in the output
	Bytes   int64   `json:"bytes"`            // of the output
	Digest  string  `json:"digest,omitempty"` // of these bytes of the output; "" in older reports
	Texts   string  `json:"texts"`            // digest of the texts of these shards
	Counts  Counts  `json:"counts"`
	Seconds float64 `json:"seconds"` // of all processes
}

// Settings decide the output.
type Settings struct {
	Model      Model        `json:"model"`
	Inputs     []string     `json:"inputs"`
	Columns    data.Columns `json:"columns"`
	Dialect    []string     `json:"dialect"` // delimiter, header, quotes and encoding
	Lines      Lines        `json:"lines"`
	ShardTexts int          `json:"shard_texts"`
}

func (o *Options) settings(m Model) Settings {
	return Settings{m, o.Inputs, o.Opener.Columns, []string{o.Opener.Delimiter, string(o.Opener.Header), string(o.Opener.Quotes), o.Opener.Encoding}, o.Lines, o.ShardTexts}
}

// changes describes the differences from the present settings.
func (s Settings) changes(now Settings) (list []string) {
	differ := func(what string, before, now any) {
		if !reflect.DeepEqual(before, now) {
			list = append(list, fmt.Sprintf("%s: begun with %v, now %v", what, before, now))
		}
	}
	differ("the task", s.Model.Task, now.Model.Task)
	differ("the classes", s.Model.Labels, now.Model.Labels)
	differ("the digest of the model", s.Model.Digest, now.Model.Digest)
	differ("the inputs", s.Inputs, now.Inputs)
	differ("the columns", s.Columns, now.Columns)
	differ("delimiter, header, quotes and encoding of the files", s.Dialect, now.Dialect)
	differ("the options of the lines", s.Lines, now.Lines)
	differ("the texts of a shard", s.ShardTexts, now.ShardTexts)
	return list
}

// stamps returns the stamps of the files of the inputs; nil if one of them is not a local file.
func stamps(inputs []string) (all []string) {
	for _, spec := range inputs {
		paths, err := data.Local(spec)
		if err != nil {
			return nil
		}
		for _, path := range paths {
			stamp := digest.Stamp(path)
			if stamp == "" {
				return nil
			}
			all = append(all, stamp)
		}
	}
	return all
}

// ReadReport reads the report of an output. The error matches fs.ErrNotExist if there is none.
func ReadReport(output string) (*Report, error) {
	path := output + reportSuffix
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(Report)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s cannot be read: delete it with the output to begin again: %w", path, err)
	}
	if r.Format != reportFormat {
		return nil, fmt.Errorf("%s has the format %d, expected %d: continue with the version of lorabook that wrote it, or name another output", path, r.Format, reportFormat)
	}
	return r, nil
}

func (r *Report) write(output string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(output+reportSuffix, append(text, '\n'), 0o644)
}

// String describes the report in a few lines.
func (r *Report) String() string {
	state := "finished"
	if !r.Finished {
		state = "not finished: the same command continues"
	}
	pace := ""
	if r.Seconds > 0 {
		pace = fmt.Sprintf("; %.4g texts/s, %s tokens/s", float64(r.Counts.Texts)/r.Seconds, numerals.Count(int(float64(r.Counts.Tokens.Tokens)/r.Seconds)))
	}
	return fmt.Sprintf("%s\n%s in %s%s", r.Counts.Describe(r.Settings.Model.Task), state, time.Duration(r.Seconds*float64(time.Second)).Round(time.Millisecond), pace)
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
