package sweep

import (
	"encoding/json"
	"strings"
)

// Values returns the value of each field of the plan in a trial, as JSON: that of the trial's
// settings, or the default's. A value that the experiment leaves out is null.
func (p Plan) Values(t Trial) ([]json.RawMessage, error) {
	e, _, err := apply(p.Base, t.Settings)
	if err != nil {
		return nil, err
	}
	if e, err = e.WithDefaults(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, len(p.Fields))
	for i, f := range p.Fields {
		out[i] = json.RawMessage("null")
		at := text
		for _, part := range strings.Split(f.Name, ".") {
			var inner map[string]json.RawMessage
			if err := json.Unmarshal(at, &inner); err != nil {
				return nil, err
			}
			at = inner[part]
			if at == nil {
				break
			}
		}
		if at != nil {
			out[i] = at
		}
	}
	return out, nil
}
