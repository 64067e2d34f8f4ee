// Package chart draws the numbers of an experiment: curves that grow while
// training runs, bars before and after, confusion matrices side by side,
// reliability diagrams, histograms, matrices of weights to one scale, and texts
// whose words are marked by their effects. It takes plain slices and does not
// know where they came from.
//
// A [Chart] has a title, a takeaway (one sentence that says what to see) and
// data, checked when it is made. It is drawn twice: by go-echarts and Apache
// ECharts for a page that runs scripts, and in pure Go, by gonum/plot, for
// everywhere else. Both pictures have the same shape, colours and words, for a
// light page and for a dark one ([Chart.Dark]). Nothing is said by colour
// alone: lines and bars carry their names and numbers, lines differ in dashes
// and points as well, words in how they are underlined, and the few colours are
// told apart by the colour-blind. The interactive chart can be reached by
// keyboard: arrow keys walk through its numbers. Identifiers derive from the
// content, so that the same data give the same output.
//
// [Show] displays a chart in a cell of a GoNB notebook, [NewLive] begins one
// that grows, [Save] writes a file. Outside a notebook Show and Live only
// print the chart in words.
//
// What a reader of a notebook sees:
//
//	JupyterLab, cell just run    the interactive chart, light or dark as the page is
//	reopened, trusted            the picture; interactive again once any cell with a chart has run
//	reopened, not trusted        the picture: the script is stripped, the image stays
//	VS Code                      as JupyterLab
//	GitHub, nbconvert, no script the picture, from the HTML or the PNG beside it
//	no pictures at all           title, takeaway and numbers as text
//
// No page loads anything from a network. The ECharts library (1 MB) is taken
// from the user's cache folder, where [echarts.Fetch] puts it once, pinned by
// version and checksum; without it all charts are static pictures.
//
// Text is drawn in Liberation Sans, which has Latin, Greek and Cyrillic letters;
// others appear as boxes in PNG.
package chart
