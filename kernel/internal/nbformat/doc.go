// Package nbformat reads, checks and writes Jupyter notebooks of format 4.
//
// Reading is strict: a violation of the format's JSON schema is an [*Error] with the file and
// the position in it. Two things pass. Unknown fields are kept, so that a newer Jupyter's
// notebook survives a round trip. If a required field without influence on the content is
// missing (a cell's ID, outputs, execution count), Read sets a default as Jupyter's nbformat
// and nbclient do, and reports it in [Notebook.Corrections].
//
// Writing produces the same bytes as Jupyter: sorted keys, an indent of one space, text as a
// list of lines, a newline at the end. A notebook saved here and then in JupyterLab shows no
// difference that is not one.
//
// The format: https://nbformat.readthedocs.io/en/latest/format_description.html
package nbformat
