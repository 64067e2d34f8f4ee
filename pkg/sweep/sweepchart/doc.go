// Package sweepchart shows a sweep in a notebook's cell: its trials as parallel coordinates, heat map
// and learning curves while they end, the best trial beside the default, and the cost.
//
//	dir := sweepchart.Folder(plan)
//	show.Display(sweepchart.Run(notebook.Context(), dir, plan, sweep.Options{}))
//	show.Display(sweepchart.Best(notebook.Context(), dir, plan))
//	show.Display(sweepchart.Cost(dir, plan))
//
// A program that imports it links pkg/sweep and so a NATS server; pkg/show does not.
package sweepchart
