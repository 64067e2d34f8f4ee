// Package programs caches the programs that XLA's CPU plugin compiles on disk for later
// processes:
//
//	err := programs.Keep("/usr/local/lib/go-xla/pjrt_c_api_cpu_plugin.so", "/home/user/.cache/lorabook/programs")
//
// Each cell of a notebook is a process and would compile the same network again.
//
// The plugin can write a compiled program as bytes and load it again; go-xla v0.4.13 has no
// call for either. However, go-xla accepts a loaded plugin as a table of functions
// (pjrt.RegisterPreloadedPlugin). [Keep] therefore loads the plugin and replaces one function
// in its table, the compiler. The replacement loads a cached program, or lets the plugin
// compile it and caches the result.
//
// The key of a program is a hash of all inputs of its compilation: its text and options, the
// plugin, the processor and its features, the number of processors, and XLA's flags. A damaged
// program, or one that does not load, is compiled again.
package programs
