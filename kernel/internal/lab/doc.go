// Package lab opens notebooks in JupyterLab. It finds JupyterLab on the machine, or installs it
// at pinned versions into a separate Python environment if the user agrees. It runs the server
// until it is interrupted.
package lab
