package canvas

const (
	MaxSeries = 6
	MaxPanels = 4
	// MaxPoints bounds the points of a line that are drawn: more than the
	// picture has pixels only make notebooks large.
	MaxPoints = 800
)
