package canvas

const (
	MaxSeries = 6
	MaxPanels = 4
	// MaxPoints bounds the points of a line that are drawn: more than the
	// picture has pixels only make notebooks large.
	MaxPoints = 800
	// MostDots is the number of points up to which the points of a line are marked.
	MostDots = 30
)
