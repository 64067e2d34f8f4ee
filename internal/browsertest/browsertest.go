// Package browsertest opens pages in a headless Chromium, for tests.
package browsertest

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/lorabook/lorabook/internal/browser"
)

// Need returns the executable that [browser.Find] finds, or skips the test.
func Need(t *testing.T) string {
	t.Helper()
	program := browser.Find()
	if program == "" {
		t.Skip("NOT TESTED in a browser: no Chromium or Chrome was found: " + browser.Install + ", or set CHROME to its executable")
	}
	return program
}

// Start starts a browser with a new profile and returns the context of its first tab, for
// chromedp.Run, and a function that ends the browser. The browser ends with the test, too.
func Start(t *testing.T, program string, options ...chromedp.ExecAllocatorOption) (tab context.Context, end context.CancelFunc) {
	t.Helper()
	options = append(append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(profile(t)),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WSURLReadTimeout(2*time.Minute),
	), options...)
	allocator, endBrowser := chromedp.NewExecAllocator(t.Context(), options...)
	// A browser newer than the protocol's Go types sends events that they do not know.
	ignore := chromedp.WithErrorf(func(string, ...any) {})
	tab, endTab := chromedp.NewContext(allocator, ignore)
	end = func() { endTab(); endBrowser() }
	t.Cleanup(end)
	return tab, end
}

// profile returns a new folder, which is removed when the test ends. t.TempDir would fail the
// test: child processes of a browser that has ended may still write into its profile.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lorabook-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 100 {
			if err = os.RemoveAll(dir); err == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Logf("the browser's profile stays: %v", err)
	})
	return dir
}
