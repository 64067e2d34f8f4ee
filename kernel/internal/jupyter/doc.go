// Package jupyter starts Jupyter kernels and talks to them, without Python: it finds a
// kernelspec, starts its process, connects over ZeroMQ, runs code, interrupts, and sees
// to it that neither the kernel nor a process the kernel started outlives the caller.
//
// The protocol: https://jupyter-client.readthedocs.io/en/stable/messaging.html
// Kernelspecs: https://jupyter-client.readthedocs.io/en/stable/kernels.html
package jupyter
