package runfolder

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// tagsLine is the line of a sentence with a tag for each word.
type tagsLine struct {
	ID      string   `json:"id,omitempty"`
	Tags    []int    `json:"tags"`
	Answers []int    `json:"answers"`
	Loss    *float64 `json:"loss,omitempty"` // sum over the read words
	Read    *int     `json:"read,omitempty"` // number of words that the model read
	// Probabilities are those of the answers, one for each word; absent in files of earlier versions.
	Probabilities []float32 `json:"probabilities,omitempty"`
}

// WriteTagPredictions is [Folder.WritePredictions] for sentences with a tag for each word. The
// scheme is not written, since the tags determine it.
func (r *Folder) WriteTagPredictions(name string, p *metrics.TagPredictions) error {
	if err := r.writable(name); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return fmt.Errorf("%s not written: %w", r.Path(name), err)
	}
	return r.writePredictions(name, predictionsHead{Task: tokenTags, Classes: p.Classes, Examples: p.Len()}, func(i int) any {
		line := tagsLine{Tags: p.Labels[i], Answers: p.Answers[i]}
		if p.IDs != nil {
			line.ID = p.IDs[i]
		}
		if p.Losses != nil {
			line.Loss, line.Read = &p.Losses[i], &p.Read[i]
		}
		if p.Probabilities != nil {
			line.Probabilities = p.Probabilities[i]
		}
		return line
	})
}

// ReadTagPredictions reads the file of [Folder.WriteTagPredictions], as [Folder.ReadPredictions]
// does.
func (r *Folder) ReadTagPredictions(name string) (*metrics.TagPredictions, error) {
	p := tagPredictionsReader{new(metrics.TagPredictions)}
	if err := r.readPredictions(name, tokenTags, p); err != nil {
		return nil, err
	}
	p.FindScheme()
	return p.TagPredictions, nil
}

type tagPredictionsReader struct{ *metrics.TagPredictions }

func (p tagPredictionsReader) begin(classes []string) { p.Classes = classes }

func (p tagPredictionsReader) add(text []byte) error {
	var line tagsLine
	if _, err := decodeJSON(text, &line, false); err != nil {
		return err
	}
	if line.ID != "" {
		p.IDs = append(p.IDs, line.ID)
	}
	if line.Loss != nil && line.Read != nil {
		p.Losses, p.Read = append(p.Losses, *line.Loss), append(p.Read, *line.Read)
	}
	if line.Probabilities != nil {
		p.Probabilities = append(p.Probabilities, line.Probabilities)
	}
	p.Labels, p.Answers = append(p.Labels, line.Tags), append(p.Answers, line.Answers)
	return nil
}
