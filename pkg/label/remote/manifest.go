package remote

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/versions"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// format is the version of the manifest and of the messages.
const format = 1

// Source names a model and the options of its classifier.
type Source struct {
	Model   string           `json:"model,omitempty"`   // folder or hub name of the base; default: the base that Adapter names
	Adapter string           `json:"adapter,omitempty"` // folder of a run, of an adapter or of a complete model
	Options classify.Options `json:"options"`
}

// String names the model for messages.
func (s Source) String() string {
	if s.Adapter == "" {
		return s.Model
	}
	return s.Adapter
}

// open opens the model.
func (s Source) open(ctx context.Context) (*classify.Classifier, error) {
	return classify.Open(ctx, s.Model, s.Adapter, s.Options)
}

// manifest describes a labelling to its workers.
type manifest struct {
	Format int    `json:"format"`
	Job    string `json:"job"`
	versions.Versions
	Digest string        `json:"digest"` // of the model
	Source Source        `json:"source"`
	Lines  label.Lines   `json:"lines"`
	Lease  time.Duration `json:"lease"` // a shard without a sign of its worker for so long is delivered again
}

// versionsOf returns the versions of a classifier in this program.
func versionsOf(c *classify.Classifier) versions.Versions {
	e := runfolder.CurrentEnvironment("")
	return versions.Of(c.Engine(), e.Platform, e.Modules)
}

// metadataKey is the key of the manifest in the metadata of the stream of shards.
const metadataKey = "lorabook"

// metadata returns the metadata of the stream.
func (m manifest) metadata() (map[string]string, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return map[string]string{metadataKey: string(text)}, nil
}

// read reads the manifest of the labelling id from a stream's metadata. Of another format only the
// format is known.
func read(id string, metadata map[string]string) (m manifest, err error) {
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal([]byte(metadata[metadataKey]), &version); err != nil {
		return m, fmt.Errorf("labelling %s: its manifest on the NATS server cannot be read: %w", id, err)
	}
	if m.Format, m.Job = version.Format, id; m.Format != format {
		return m, nil
	}
	if err := json.Unmarshal([]byte(metadata[metadataKey]), &m); err != nil {
		return m, fmt.Errorf("labelling %s: its manifest on the NATS server cannot be read: %w", id, err)
	}
	return m, nil
}

// MismatchError is the error of a worker whose program or model is not that of the labelling, and of a
// labelling that another program began.
type MismatchError struct {
	Job         string
	Source      string   // name of the model; empty if it is not known
	Differences []string // at least one
}

// Error implements error.
func (e *MismatchError) Error() string {
	text := fmt.Sprintf("labelling %s: this process has another program or model: %s; the answers would differ: use the program and the engine of the labelling", e.Job, strings.Join(e.Differences, "; "))
	if e.Source != "" {
		text += ", and the same files for " + e.Source
	}
	return text
}

// check returns a *MismatchError if a process with the manifest mine would compute other answers.
func (m manifest) check(mine manifest) error {
	const of = "the labelling's"
	list := versions.Difference("the format of messages", fmt.Sprint(m.Format), fmt.Sprint(mine.Format), of)
	if len(list) == 0 {
		list = append(m.Differences(mine.Versions, of), versions.Difference("the digest of the model", m.Digest, mine.Digest, of)...)
	}
	if len(list) > 0 {
		return &MismatchError{m.Job, mine.Source.String(), list}
	}
	return nil
}
