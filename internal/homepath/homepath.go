// Package homepath writes the user's home folder as ~ in texts that are saved in notebooks, which
// users publish:
//
//	homepath.Short("/home/me/models") // "~/models"
package homepath

import (
	"os"
	"strings"
)

// Short returns the text with ~ in place of the home folder wherever a path below it begins.
func Short(text string) string {
	home, err := os.UserHomeDir()
	if err != nil || len(home) < 2 { // the root folder begins every path
		return text
	}
	separator := string(os.PathSeparator)
	home = strings.TrimSuffix(home, separator)
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, home+separator)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if begins(before) {
			out.WriteString("~" + separator)
		} else {
			out.WriteString(home + separator)
		}
		text = after
	}
}

// begins reports whether a path can begin behind a text: not within another path.
func begins(before string) bool {
	return before == "" || strings.ContainsAny(before[len(before)-1:], " \t\n\"'`(=:,;")
}
