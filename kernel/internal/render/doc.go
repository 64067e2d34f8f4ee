// Package render turns notebooks into HTML pages that need nothing but themselves: no
// script, no font and no picture is loaded from elsewhere, and the page's own content
// security policy forbids it. The scripts it runs are this package's: the theme, folded
// code, and in index.html the search in all pages.
//
// A notebook is a file from a stranger. Its Markdown and the HTML among its outputs pass
// a sanitiser; scripts are dropped and what they would have drawn is shown by the picture
// that stands beside them. With [Options.Trust] outputs keep their scripts, though not
// the network.
//
// The same notebooks give the same bytes.
package render
