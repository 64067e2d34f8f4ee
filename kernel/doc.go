// Command kernel sets up, runs and renders Go notebooks: the GoNB kernel at a pinned
// version, a runner that needs neither Python nor a browser, and pages that need no
// network.
//
//	go run ./kernel install
//	go run ./kernel run
//	go run ./kernel render
//
// It exits with 0 on success, 1 on failure and 128 plus the signal's number (130 for
// Ctrl-C) when a signal ended it.
package main
