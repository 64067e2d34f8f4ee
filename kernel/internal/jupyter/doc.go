// Package jupyter starts Jupyter kernels and communicates with them, without Python. It finds a
// kernelspec, starts its process, connects over ZeroMQ, runs code and interrupts it. Neither
// the kernel nor its child processes outlive the caller.
//
// The protocol: https://jupyter-client.readthedocs.io/en/stable/messaging.html
// Kernelspecs: https://jupyter-client.readthedocs.io/en/stable/kernels.html
package jupyter
