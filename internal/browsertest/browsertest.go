// Package browsertest opens pages in a headless Chromium, for tests.
package browsertest

import (
	"context"
	"errors"
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
	profile, remove, err := newProfile()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := remove(); err != nil {
			t.Logf("the browser's profile stays: %v", err)
		}
	})
	tab, end = launch(t.Context(), program, profile, options)
	t.Cleanup(end)
	return tab, end
}

// Browser is a browser that several tests use one after another. The zero value starts with the
// first tab.
type Browser struct {
	tab context.Context // the first, which stays empty
	end func() error
}

// Tab opens a new tab and returns its context and a function that closes it; the tab closes with the
// test, too. program and options are those of the first call.
func (b *Browser) Tab(t *testing.T, program string, options ...chromedp.ExecAllocatorOption) (tab context.Context, end context.CancelFunc) {
	t.Helper()
	if b.tab == nil {
		profile, remove, err := newProfile()
		if err != nil {
			t.Fatal(err)
		}
		first, end := launch(context.Background(), program, profile, options)
		if err := chromedp.Run(first); err != nil {
			end()
			t.Fatalf("start %s: %v", program, errors.Join(err, remove()))
		}
		b.tab, b.end = first, func() error {
			_ = chromedp.Cancel(first) // waits for the end
			end()
			return remove()
		}
	}
	tab, end = chromedp.NewContext(b.tab)
	t.Cleanup(end)
	return tab, end
}

// End ends the browser, if it was started. The error is that of removing its profile.
func (b *Browser) End() error {
	if b.tab == nil {
		return nil
	}
	return b.end()
}

// ignore ignores events of a browser that is newer than the protocol's Go types.
var ignore = chromedp.WithErrorf(func(string, ...any) {})

// launch prepares a browser, which starts with the first use of its tab and ends with ctx.
func launch(ctx context.Context, program, profile string, options []chromedp.ExecAllocatorOption) (tab context.Context, end context.CancelFunc) {
	options = append(append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(profile),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.WSURLReadTimeout(2*time.Minute),
	), options...)
	allocator, endBrowser := chromedp.NewExecAllocator(ctx, options...)
	tab, endTab := chromedp.NewContext(allocator, ignore)
	return tab, func() { endTab(); endBrowser() }
}

// newProfile makes a folder for a browser. t.TempDir would fail the test: child processes of a
// browser that has ended may still write into its profile, so that remove tries for ten seconds.
func newProfile() (dir string, remove func() error, err error) {
	dir, err = os.MkdirTemp("", "lorabook-browser-")
	if err != nil {
		return "", nil, err
	}
	return dir, func() (err error) {
		for range 100 {
			if err = os.RemoveAll(dir); err == nil {
				return nil
			}
			time.Sleep(100 * time.Millisecond)
		}
		return err
	}, nil
}
