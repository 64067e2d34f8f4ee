// Package programs keeps what XLA's CPU plugin compiles, on disk, for the next process:
// each cell of a notebook is one, and would compile the same network anew.
//
// The plugin can write a compiled program as bytes and load it again; go-xla v0.4.0 has no
// call for either. It takes, however, a plugin that was loaded before, as a table of
// functions (pjrt.RegisterPreloadedPlugin). So [Keep] loads the plugin and hands over its
// table with one function replaced, that which compiles: ours looks whether the program
// is kept, and lets the plugin compile and keeps what comes of it where it is not.
//
// A program is found again by a hash of all that it was made from: its text and options,
// the plugin, the processor and its features, the number of processors, and XLA's flags.
// What does not load, or was damaged, is compiled as if it were not there.
package programs
