package chart

const (
	maxSeries = 6
	maxPanels = 4
	// maxPoints bounds the points of a line that are drawn: more than the
	// picture has pixels only make notebooks large.
	maxPoints = 800
)
