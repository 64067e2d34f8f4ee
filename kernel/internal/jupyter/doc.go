// Package jupyter starts Jupyter kernels and communicates with them, without Python:
//
//	spec, err := jupyter.FindKernelSpec("gonb")
//	if err != nil {
//		return err
//	}
//	kernel, err := jupyter.Start(ctx, spec, jupyter.Options{})
//	if err != nil {
//		return err
//	}
//	defer kernel.Close(nil)
//	reply, err := kernel.Execute(ctx, "%%\nprintln(1)", nil, func(m *jupyter.Message) {})
//
// It finds a kernelspec, starts its process, connects over ZeroMQ, runs code and interrupts
// it. Neither the kernel nor its child processes outlive the caller.
//
// The protocol: https://jupyter-client.readthedocs.io/en/stable/messaging.html
// Kernelspecs: https://jupyter-client.readthedocs.io/en/stable/kernels.html
package jupyter
