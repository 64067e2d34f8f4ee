// Package notebook holds the functions that every code cell of a GoNB notebook needs. A cell
// is a program of its own: an error ends it, the interrupt button cancels its context, and
// a prompt below it reads lines that the user types.
//
//	answer := notebook.Must(classifier.Classify(notebook.Context(), []string{text}))
//	for line := range notebook.Lines(notebook.Context(), "Your text: ") {
//		fmt.Println(strings.ToUpper(line))
//	}
package notebook
