package hub

import (
	"errors"
	"fmt"
	"net/http"
	"path"
)

// Unreachable reports whether a download failed because the hub could not be reached, or the
// environment forbids it.
func Unreachable(err error) bool {
	if errors.Is(err, ErrOffline) || errors.Is(err, ErrInterrupted) {
		return true
	}
	var status *StatusError
	return errors.As(err, &status) && (status.Status >= http.StatusInternalServerError || status.Status == http.StatusProxyAuthRequired)
}

// Remedy returns the end of the text of an [Unreachable] error: the command that gets a model or a
// data set without this connection to the hub, and how a notebook opens its folder. For another
// error it is empty. parameter is the notebooks' parameter, "model" or "data".
func Remedy(err error, parameter, name string) string {
	if !Unreachable(err) {
		return ""
	}
	folder := map[string]string{"model": "models/", "data": "data/"}[parameter] + path.Base(name)
	fetch := fmt.Sprintf("`go run ./kernel fetch %s %s`", name, folder)
	open := fmt.Sprintf("-p %s=../%s", parameter, folder)
	if path.Base(name) == "bert-base-cased" {
		return fmt.Sprintf("; %s also gets it from Maven, and %s opens the folder", fetch, open)
	}
	return fmt.Sprintf("; on a machine that reaches the hub, %s writes it to a folder: copy the folder here, and %s opens it", fetch, open)
}
