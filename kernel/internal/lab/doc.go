// Package lab opens notebooks in JupyterLab:
//
//	env, err := lab.NewEnvironment()
//	if err != nil {
//		return err
//	}
//	server, err := lab.Find(ctx, "", env)
//	if err != nil {
//		return err
//	}
//	return server.Serve(ctx, ".", "notebooks/01-baseline.ipynb", nil, os.Stdout)
//
// It finds JupyterLab on the machine, or installs it at pinned versions into a separate Python
// environment if the user agrees. It runs the server until it is interrupted.
package lab
