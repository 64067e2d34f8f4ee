// Package nbformat reads, checks and writes Jupyter notebooks of format 4.
//
// Reading is strict: what the format's JSON schema forbids is an [*Error] that names the
// file and the place in it. Two things pass. Unknown fields are kept, so that a newer
// Jupyter's notebook survives a round trip. If a required field without influence on the
// content is missing (a cell's ID, outputs, execution count), Read sets a default as Jupyter's
// nbformat and nbclient do, and reports it in [Notebook.Corrections].
//
// Writing gives byte for byte what Jupyter itself would write: keys sorted, one space of
// indent, text as a list of its lines, a newline at the end. A notebook saved here and
// then in JupyterLab shows no difference that is not one.
//
// The format: https://nbformat.readthedocs.io/en/latest/format_description.html
package nbformat
