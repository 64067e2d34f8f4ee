// Package hubtest serves a repository as the Hugging Face hub does, for tests that must not
// touch the network:
//
//	server := hubtest.Serve(t, "owner/name", map[string][]byte{"config.json": []byte("{}")})
//	t.Setenv("HF_ENDPOINT", server.URL)
package hubtest

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Commit is the commit of the served repository's main branch.
const Commit = "0123456789abcdef0123456789abcdef01234567"

// Server holds one repository. Set its fields before the first request.
type Server struct {
	URL   string
	Token string            // refuse requests without this bearer token, if not ""
	Files map[string][]byte // described files, by name
	// Sent replaces, by name, the content that is sent for a file.
	Sent map[string][]byte
	// Cut, by name, is after how many bytes the connection breaks.
	Cut map[string]int
	// Cuts limits how many answers Cut breaks; 0 means all.
	Cuts int
	// Hang, by name, delays a file until the client cancels.
	Hang map[string]bool
	// Git, by name, describes a file by Git's hash, as the hub does small ones.
	Git map[string]bool
	// Fail, by name, answers with an HTTP status instead; "" is the description.
	Fail map[string]int
	// Fails limits how many answers Fail replaces; 0 means all.
	Fails int
	// Lacks are revisions that the repository does not have.
	Lacks map[string]bool
	// Gated refuses requests without the Token as the hub does for a gated repository.
	Gated bool
	// Delay is the delay before every file.
	Delay time.Duration
	// Elsewhere, if not "", is the address to which requests for files are redirected.
	Elsewhere string
	// Requests counts the requests.
	Requests atomic.Int64

	mu            sync.Mutex
	gets          []string
	cuts, failing int
}

// Gets lists the requests so far: a file's name, and after a space the requested range.
func (s *Server) Gets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.gets)
}

// fails sends the configured failure for name, if there is one.
func (s *Server) fails(w http.ResponseWriter, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	status, ok := s.Fail[name]
	if !ok || s.Fails > 0 && s.failing >= s.Fails {
		return false
	}
	s.failing++
	http.Error(w, "<html>refused</html>", status)
	return true
}

// cut reports after how many bytes this answer breaks.
func (s *Server) cut(name string) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.Cut[name]
	if !ok || s.Cuts > 0 && s.cuts >= s.Cuts {
		return 0, false
	}
	s.cuts++
	return n, true
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
			if s.Gated {
				w.Header().Set("X-Error-Code", "GatedRepo")
				w.Header().Set("X-Error-Message", "Access to dataset "+repo+" is restricted. You must have access to it and be authenticated to access it.")
			}
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
	if s.fails(w, "") {
		return
	}
	if s.Lacks[r.PathValue("revision")] {
		w.Header().Set("X-Error-Code", "RevisionNotFound")
		w.Header().Set("X-Error-Message", "Invalid rev id: "+r.PathValue("revision"))
		http.Error(w, "Invalid rev id", http.StatusNotFound)
		return
	}
	type lfs struct {
		SHA256 string `json:"sha256"`
		Size   int    `json:"size"`
	}
	type sibling struct {
		Name string `json:"rfilename"`
		Size int    `json:"size"`
		Blob string `json:"blobId"`
		LFS  *lfs   `json:"lfs,omitempty"`
	}
	var siblings []sibling
	for name, content := range s.Files {
		described := sibling{Name: name, Size: len(content), Blob: gitHash(content)}
		if !s.Git[name] {
			described.LFS = &lfs{digest(content), len(content)}
		}
		siblings = append(siblings, described)
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
	if s.Elsewhere != "" {
		http.Redirect(w, r, s.Elsewhere+r.URL.Path, http.StatusFound)
		return
	}
	if s.fails(w, name) {
		return
	}
	if r.Method == http.MethodGet {
		s.mu.Lock()
		s.gets = append(s.gets, strings.TrimSpace(name+" "+r.Header.Get("Range")))
		s.mu.Unlock()
		time.Sleep(s.Delay)
	}
	w.Header().Set("ETag", `"`+digest(content)+`"`)
	if s.Hang[name] && r.Method == http.MethodGet {
		<-r.Context().Done()
		return
	}
	if replaced, ok := s.Sent[name]; ok {
		content = replaced
	}
	if cut, ok := s.cut(name); ok && r.Method == http.MethodGet {
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

func gitHash(content []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(content)), content...))
	return hex.EncodeToString(sum[:])
}
