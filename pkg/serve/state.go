package serve

import (
	_ "embed"
	"net/http"
	"time"

	"github.com/lorabook/lorabook/pkg/data"
)

// modelList is the response of GET /v1/models.
type modelList struct {
	Model    string        `json:"model"` // the base model
	Revision string        `json:"revision,omitempty"`
	Adapters []adapterInfo `json:"adapters"` // sorted by name
}

// adapterInfo is an adapter in modelList.
type adapterInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"` // changes with the adapter's files
	// Repository and Commit are the place of an adapter that was loaded from the hub.
	Repository string    `json:"repository,omitempty"`
	Commit     string    `json:"commit,omitempty"`
	Task       data.Task `json:"task"`
	Labels     []string  `json:"labels"`
	Loaded     time.Time `json:"loaded"`

	Pairs      bool               `json:"pairs"`      // trained on pairs of texts
	MaxTokens  int                `json:"max_tokens"` // read of a text
	Thresholds map[string]float64 `json:"thresholds,omitempty"`
	Resident   bool               `json:"resident"` // in memory
}

// models answers GET /v1/models.
func (h *Handler) models(w http.ResponseWriter, r *http.Request) *Problem {
	known := h.service.Adapters()
	list := modelList{Adapters: make([]adapterInfo, len(known))}
	list.Model, list.Revision = h.service.Base()
	for i, a := range known {
		list.Adapters[i] = adapterInfo{
			Name: a.Name, Version: a.Version, Repository: a.Repository, Commit: a.Commit, Task: taskOf(a.Task), Labels: append([]string{}, a.Labels...), Loaded: a.Loaded.UTC(),
			Pairs: a.Pairs, MaxTokens: a.MaxTokens, Thresholds: a.Thresholds, Resident: a.Resident,
		}
	}
	writeJSON(w, http.StatusOK, "application/json", list)
	return nil
}

// status is the response of GET /healthz and /readyz.
type status struct {
	Status string `json:"status"`
}

// health answers GET /healthz: the process runs.
func (h *Handler) health(w http.ResponseWriter, r *http.Request) *Problem {
	writeJSON(w, http.StatusOK, "application/json", status{"ok"})
	return nil
}

// readiness answers GET /readyz: the service takes requests.
func (h *Handler) readiness(w http.ResponseWriter, r *http.Request) *Problem {
	if h.draining.Load() {
		return drained()
	}
	if !h.ready.Load() {
		p := kindStarting.problem("the service compiles its programs")
		p.retryAfter, p.Remedy = time.Second, "ask again after the time in Retry-After; requests are answered, the first ones slowly"
		return p
	}
	writeJSON(w, http.StatusOK, "application/json", status{"ready"})
	return nil
}

//go:embed openapi.json
var openAPI []byte

// OpenAPI returns the OpenAPI 3.1 document of the routes.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }

// openAPI answers GET /openapi.json.
func (h *Handler) openAPI(w http.ResponseWriter, r *http.Request) *Problem {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openAPI)
	return nil
}
