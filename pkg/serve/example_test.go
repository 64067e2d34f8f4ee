package serve_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/serve"
)

// A program has the service below /ml, beside routes of its own and behind its middleware.
func ExampleHandler() {
	ctx := context.Background()
	dir, modelDir, _ := toytest.Folders()
	defer os.RemoveAll(dir)
	adapter := filepath.Join(dir, "films") // of a training: its run folder
	if err := saveAdapter(modelDir, adapter); err != nil {
		log.Fatal(err)
	}

	metrics := serve.NewMetrics()
	service, err := classify.NewService(ctx, classify.ServiceOptions{
		Model: modelDir, Adapters: map[string]string{"films": adapter}, Observer: metrics,
	})
	if err != nil {
		log.Fatal(err)
	}
	handler, err := serve.New(service, serve.Options{Metrics: metrics, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		log.Fatal(err)
	}
	counted := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Println(r.Method, r.URL.Path)
			next.ServeHTTP(w, r)
		})
	}
	mux := http.NewServeMux()
	mux.Handle("/ml/", counted(http.StripPrefix("/ml", handler)))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "films") })
	server := httptest.NewServer(mux)

	response, err := http.Post(server.URL+"/ml/v1/classify", "application/json", strings.NewReader(`{"inputs": ["a k b k", "a b c"]}`))
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	var answer struct {
		Answers []struct {
			Adapter string
			Scores  []struct {
				Label string
				Score float64
			}
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.StatusCode, len(answer.Answers), answer.Answers[0].Adapter, len(answer.Answers[0].Scores))

	handler.Drain() // /readyz and new requests: 503
	server.Close()  // of an http.Server: Shutdown
	if err := service.Close(ctx); err != nil {
		log.Fatal(err)
	}
	// Output:
	// POST /ml/v1/classify
	// 200 2 films 2
}

// saveAdapter saves an adapter with a new head.
func saveAdapter(modelDir, dir string) error {
	m, err := bert.Open(context.Background(), modelDir, bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}})
	if err != nil {
		return err
	}
	a, err := lora.New(lora.Config{R: 2})
	if err != nil {
		return err
	}
	if err := a.Inject(m.Store, m.DenseModules(), 1); err != nil {
		return err
	}
	if err := a.SetLabels([]string{"bad", "good"}); err != nil {
		return err
	}
	return a.Save(dir)
}
