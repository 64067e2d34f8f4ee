// Package supervise runs a program and ends it with everything that it started, also if the
// caller itself is killed:
//
//	process, err := supervise.Start(exec.Command("gonb"), folder)
//	...
//	<-process.Done()
//
// On Linux a guard stands between the caller and the program: the caller's own executable, started
// again. Its init function makes it the guard before main runs, so every program that imports this
// package can start one. The guard is the subreaper (PR_SET_CHILD_SUBREAPER of prctl(2)) of all that
// the program starts: a child that calls setsid(2) and outlives its parent becomes the guard's child
// and is ended. The guard waits for the end of a pipe that the caller holds, so it also acts after
// kill -9 of the caller. If the guard is killed, the program gets SIGKILL (PR_SET_PDEATHSIG), and
// the caller ends the other descendants, which it finds by a variable of their environment.
//
// Other Unix systems end the program's process group, with a shell as the guard: a child with a
// group of its own survives. On Windows only the program itself ends.
package supervise
