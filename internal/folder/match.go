package folder

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Match returns the paths of the files in a folder whose names match the pattern, in order. Unlike in
// filepath.Glob, the folder is no pattern: that of a copied run may be called "imdb [copy]". A pattern that is not
// well-formed matches nothing.
func Match(dir, pattern string) []string {
	paths, _ := fs.Glob(os.DirFS(dir), pattern)
	for i, name := range paths {
		paths[i] = filepath.Join(dir, filepath.FromSlash(name))
	}
	return paths
}
