// Package hubtest serves a repository as the Hugging Face hub does, for tests
// that must not touch the network.
package hubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Commit is what the served repository's main branch stands for.
const Commit = "0123456789abcdef0123456789abcdef01234567"

// Server holds one repository. Set its fields before the first request.
type Server struct {
	URL   string
	Token string            // refuse requests without this bearer token, if not ""
	Files map[string][]byte // what is described, by name
	// Sent replaces, by name, what is sent for a file that is described right.
	Sent map[string][]byte
	// Cut, by name, is after how many bytes the connection breaks.
	Cut map[string]int
	// Hang, by name, holds a file back until the client gives up.
	Hang map[string]bool
	// Requests counts what was asked so far.
	Requests atomic.Int64
}

// Serve starts a server of the repository ("datasets/owner/name" or
// "models/owner/name") for the test's length and points the hub's environment
// at it, with an empty cache.
func Serve(t testing.TB, repo string, files map[string][]byte) *Server {
	t.Helper()
	s := &Server{Files: files}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/"+repo+"/revision/{revision}", s.describe)
	mux.HandleFunc("GET /"+strings.TrimPrefix(repo, "models/")+"/resolve/"+Commit+"/{name...}", s.send)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Requests.Add(1)
		if s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token {
			http.Error(w, "Invalid username or password.", http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	t.Setenv("HF_ENDPOINT", server.URL)
	t.Setenv("HF_HOME", t.TempDir())
	for _, name := range []string{"HF_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE"} {
		t.Setenv(name, "")
	}
	return s
}

func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	type lfs struct {
		SHA256 string `json:"sha256"`
		Size   int    `json:"size"`
	}
	type sibling struct {
		Name string `json:"rfilename"`
		Size int    `json:"size"`
		LFS  lfs    `json:"lfs"`
	}
	var siblings []sibling
	for name, content := range s.Files {
		siblings = append(siblings, sibling{name, len(content), lfs{digest(content), len(content)}})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"sha": Commit, "siblings": siblings})
}

func (s *Server) send(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	content, ok := s.Files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", `"`+digest(content)+`"`)
	if s.Hang[name] && r.Method == http.MethodGet {
		<-r.Context().Done()
		return
	}
	if replaced, ok := s.Sent[name]; ok {
		content = replaced
	}
	if cut, ok := s.Cut[name]; ok && r.Method == http.MethodGet {
		// A length that is not kept makes the server break the connection.
		w.Header().Set("Content-Length", "1000000")
		_, _ = w.Write(content[:cut])
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
