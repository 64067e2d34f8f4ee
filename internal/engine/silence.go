package engine

import "os"

// silenceStdout points os.Stdout to nowhere until the returned function is called:
// the pure Go backend prints its settings there while it opens, in the middle of
// what the program has to say.
func silenceStdout() (restore func()) {
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return func() {}
	}
	stdout := os.Stdout
	os.Stdout = nowhere
	return func() {
		os.Stdout = stdout
		_ = nowhere.Close()
	}
}
