// Package lab opens notebooks in JupyterLab: it finds one on the machine or, when told
// to, installs one into a Python environment of its own at pinned versions, copies
// notebooks with parameters set, and runs the server until it is interrupted.
package lab
