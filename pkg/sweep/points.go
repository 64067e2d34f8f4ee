package sweep

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
)

// points returns the settings of the trials.
func (p Plan) points() ([][]Setting, error) {
	choices := make([][]json.RawMessage, len(p.Fields))
	for i, f := range p.Fields {
		for _, v := range f.Values {
			text, err := json.Marshal(v)
			if err != nil {
				return nil, fmt.Errorf("sweep: a value of the field %s cannot be written as JSON: %w", f.Name, err)
			}
			choices[i] = append(choices[i], text)
		}
	}
	if p.Trials > mostPoints {
		return nil, fmt.Errorf("sweep: trials is %d, expected at most %d", p.Trials, mostPoints)
	}
	if p.Trials == 0 {
		points := p.grid(choices)
		if len(points) > mostPoints {
			return nil, fmt.Errorf("sweep: the grid has more than %d points: take fewer values, or a number of trials and the method %q", mostPoints, Random)
		}
		return points, nil
	}
	return p.draw(choices), nil
}

// mostPoints is the largest number of points of a sweep.
const mostPoints = 100_000

// grid returns all combinations. The last field varies fastest.
func (p Plan) grid(choices [][]json.RawMessage) [][]Setting {
	points := [][]Setting{nil}
	for i, f := range p.Fields {
		var next [][]Setting
		for _, point := range points {
			for _, value := range choices[i] {
				if len(next) <= mostPoints {
					next = append(next, append(point[:len(point):len(point)], Setting{f.Name, value}))
				}
			}
		}
		points = next
	}
	return points
}

// draw returns different random points. If the fields have fewer, it returns those that it found.
func (p Plan) draw(choices [][]json.RawMessage) [][]Setting {
	rng := rand.New(rand.NewPCG(uint64(p.Seed), 0x6c6f7261626f6f6b))
	seen := map[string]bool{}
	var points [][]Setting
	for range 50 * p.Trials {
		var point []Setting
		for i, f := range p.Fields {
			value := json.RawMessage(nil)
			if f.isRange() {
				value = f.draw(rng.Float64())
			} else {
				value = choices[i][rng.IntN(len(choices[i]))]
			}
			point = append(point, Setting{f.Name, value})
		}
		if text := settingsText(point); !seen[text] {
			seen[text] = true
			if points = append(points, point); len(points) == p.Trials {
				break
			}
		}
	}
	return points
}

// draw returns the number at a share of the range, 0 to below 1.
func (f Field) draw(share float64) json.RawMessage {
	t, _ := fieldType(f.Name) // withDefaults has checked it
	low, high := f.Low, f.High
	if isInteger(t) {
		low, high = math.Ceil(low)-0.5, math.Floor(high)+0.5
		if f.Log {
			low = max(low, 0.5)
		}
	}
	x := low + share*(high-low)
	if f.Log {
		x = math.Exp(math.Log(low) + share*(math.Log(high)-math.Log(low)))
	}
	if isInteger(t) {
		return json.RawMessage(strconv.FormatInt(int64(min(math.Round(x), math.Floor(f.High))), 10))
	}
	// Four digits, within the range.
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	text, _ := json.Marshal(min(max(rounded, f.Low), f.High))
	return text
}
