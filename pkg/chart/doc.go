// Package chart draws the numbers of an experiment: learning curves that grow during
// training, bars, confusion matrices, ROC curves, reliability diagrams, scatter plots, histograms,
// weight matrices to one scale, texts with marked words, and the trials of a search over
// hyperparameters as parallel coordinates, heat map and learning curves.
//
//	c, err := chart.Bars(chart.Labels{Title: "Accuracy", Y: "%"}, []string{"neg", "pos"},
//		chart.BarSeries{Name: "before", Values: []float64{52, 48}},
//		chart.BarSeries{Name: "after", Values: []float64{84, 88}})
//	if err != nil {
//		return err // *DataError
//	}
//	return chart.Show(c)
//
// The package takes plain slices and knows neither models nor run folders.
//
// A [Chart] has a title, a takeaway (one sentence about the data) and data, which are
// checked when it is made. It is drawn twice: by go-echarts and Apache ECharts for pages
// that run scripts, and in pure Go, by gonum/plot, for all others. Both pictures have the
// same shape, colours and words, for light and dark pages ([Chart.Dark]). No information is
// in colour alone: lines and bars carry their names and numbers, lines also differ in
// dashes and point shapes, and words in underlines. The few colours are distinguishable for
// colour-blind readers. The interactive chart is accessible by keyboard: arrow keys step
// through its numbers. Identifiers derive from the content, so the same data produce the
// same output.
//
// [Show] displays a chart in a cell of a GoNB notebook, [NewLive] begins curves that grow, and
// [NewGrowing] a chart of any kind that newer ones replace; [Save] writes a file. Outside a notebook, Show and Live print the chart as text.
//
// A notebook shows:
//
//	JupyterLab, cell just run      the interactive chart, light or dark as the page
//	reopened, trusted              the picture; interactive again after any cell with a chart has run
//	reopened, not trusted          the picture: scripts are removed, images are not
//	VS Code                        as JupyterLab
//	GitHub, nbconvert, no scripts  the picture, from the HTML or the PNG beside it
//	no images                      title, takeaway and numbers as text
//
// No page loads anything from a network. [echarts.Fetch] downloads the ECharts library
// (1 MB) once into the user's cache folder, pinned by version and checksum; without it, all
// charts are static pictures.
//
// Text is drawn in Liberation Sans, which has Latin, Greek, Cyrillic and Hebrew letters. Other
// letters, such as Chinese or Arabic ones, appear as boxes in PNG: the picture in the HTML of a
// chart with such letters is an SVG, which the reader's browser draws with its own fonts.
package chart
