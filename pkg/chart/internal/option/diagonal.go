package option

import "github.com/lorabook/lorabook/pkg/chart/internal/canvas"

// Diagonal returns the mark line from the lower left corner of square axes to (1, 1), with its
// name on it.
func Diagonal(x canvas.Scale, name string) map[string]any {
	return map[string]any{
		"silent": true, "symbol": "none",
		"lineStyle": map[string]any{"color": canvas.CSS(canvas.Rule), "type": "dashed", "width": 1.5},
		"label":     map[string]any{"show": true, "position": "insideStartTop", "formatter": name, "color": canvas.CSS(canvas.Palette[4]), "fontSize": canvas.SmallPt, "distance": 6},
		"data":      []any{[]any{map[string]any{"coord": []float64{x.Min, x.Min}}, map[string]any{"coord": []float64{1, 1}}}},
	}
}
