// Package echarts finds and fetches the Apache ECharts library (1 MB of JavaScript), which
// makes charts interactive. It is kept in the user's cache folder, so that no page loads
// anything from a network.
//
//	path, err := echarts.Fetch(ctx) // downloads it once, and verifies its checksum
//	if err != nil {
//		return err
//	}
//	text, err := echarts.Library() // ErrNoLibrary if it was not fetched
//
// pkg/chart draws static pictures where the library is missing.
package echarts
