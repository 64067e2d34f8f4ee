// Command kernel sets up, runs and renders Go notebooks, and fetches what they read: the
// GoNB kernel at a pinned version, a runner that needs neither Python nor a browser,
// pages that need no network, models and reviews. It also merges an adapter into its model.
//
//	go run ./kernel install
//	go run ./kernel run
//	go run ./kernel render
//	go run ./kernel fetch
//	go run ./kernel merge FROM DIR
//
// It exits with 0 on success, 1 on failure and 128 plus the signal's number (130 for
// Ctrl-C) when a signal ended it.
package main
