package serve

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// document is the OpenAPI document, as kin-openapi reads and validates it.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(OpenAPI())
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(loader.Context)
})

// reply is a response whose form the OpenAPI document describes.
type reply struct {
	*http.Response
	body []byte
}

// ask sends a request to the handler and validates the response by the OpenAPI document. headers are
// names and values.
func ask(t *testing.T, h http.Handler, method, path, body string, headers ...string) reply {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	got := reply{w.Result(), w.Body.Bytes()}
	checkReply(t, r, got)
	if method == http.MethodPost && got.StatusCode == http.StatusOK {
		checkBody(t, body)
	}
	return got
}

// post asks for a classification.
func post(t *testing.T, h http.Handler, body string, headers ...string) reply {
	t.Helper()
	return ask(t, h, http.MethodPost, "/v1/classify", body, headers...)
}

// problem returns the reply's problem, which must have the kind.
func (r reply) problem(t *testing.T, want kind) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal(r.body, &p); err != nil {
		t.Fatalf("%v\n%s", err, r.body)
	}
	if r.StatusCode != want.status || p.Status != want.status || p.Type != problemsPage+want.name || p.Title != want.title || p.Detail == "" {
		t.Fatalf("%d %s, expected %q", r.StatusCode, r.body, want.name)
	}
	return p
}

// answers returns the answers of a successful reply.
func (r reply) answers(t *testing.T) []answer {
	t.Helper()
	var a answers
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if err := json.Unmarshal(r.body, &a); err != nil {
		t.Fatalf("%v\n%s", err, r.body)
	}
	return a.Answers
}

// checkBody validates the body of a request that was answered.
func checkBody(t *testing.T, body string) {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatal(err)
	}
	if err := doc.Components.Schemas["ClassifyRequest"].Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("the document refuses a request that is answered: %v\n%s", err, body)
	}
}

// checkReply validates a response by the document.
func checkReply(t *testing.T, r *http.Request, got reply) {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	item := doc.Paths.Find(r.URL.Path)
	if item == nil {
		if got.StatusCode != http.StatusNotFound && got.StatusCode != http.StatusUnauthorized && got.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s is not in the document and answers %d", r.URL.Path, got.StatusCode)
		}
		var value any
		if err := json.Unmarshal(got.body, &value); err != nil {
			t.Errorf("%v\n%s", err, got.body)
		}
		if err := doc.Components.Schemas["Problem"].Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); err != nil {
			t.Errorf("%v\n%s", err, got.body)
		}
		return
	}
	operation := item.GetOperation(r.Method)
	if operation == nil { // HEAD, or a method that the path does not have
		for _, operation = range item.Operations() {
		}
	}
	body := got.body
	if r.Method == http.MethodHead { // the recorder keeps what a server leaves out
		body = nil
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: r, Route: &routers.Route{Spec: doc, Path: r.URL.Path, PathItem: item, Method: r.Method, Operation: operation},
		},
		Status: got.StatusCode, Header: got.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, ExcludeResponseBody: body == nil},
	}
	if err := openapi3filter.ValidateResponse(t.Context(), input); err != nil {
		t.Errorf("%s %s: %d is not as the document says: %v\n%s", r.Method, r.URL.Path, got.StatusCode, err, got.body)
	}
}

// TestDocument: the document is valid, and describes the routes and the fields that the program has.
func TestDocument(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	h := handlerOf(t, newFake(), Options{})
	if got := ask(t, h, http.MethodGet, "/openapi.json", ""); !bytes.Equal(got.body, OpenAPI()) {
		t.Error("/openapi.json is another document")
	}
	for path, methods := range h.routes {
		item := doc.Paths.Find(path)
		if item == nil || len(item.Operations()) != len(methods) {
			t.Errorf("%s: other methods than in the document", path)
			continue
		}
		for method, route := range methods {
			operation := item.GetOperation(method)
			if operation == nil {
				t.Errorf("%s %s is not in the document", method, path)
			} else if route.open != (operation.Security != nil && len(*operation.Security) == 0) {
				t.Errorf("%s %s: the document differs about the token", method, path)
			}
		}
	}
	if len(h.routes) != doc.Paths.Len() {
		t.Errorf("%d routes, %d in the document", len(h.routes), doc.Paths.Len())
	}
	for name, value := range map[string]any{
		"ClassifyResponse": answers{}, "Answer": answer{}, "Score": score{}, "Entity": entity{}, "Words": words{}, "WordEffect": wordEffect{},
		"Models": modelList{}, "Adapter": adapterInfo{}, "Status": status{}, "Problem": Problem{},
	} {
		schema := doc.Components.Schemas[name].Value
		var fields, required []string
		for _, f := range reflect.VisibleFields(reflect.TypeOf(value)) {
			tag, omit, _ := strings.Cut(f.Tag.Get("json"), ",")
			if tag == "" {
				continue
			}
			if fields = append(fields, tag); omit == "" {
				required = append(required, tag)
			}
		}
		sameNames(t, name, fields, keys(schema.Properties))
		sameNames(t, name+": required", required, schema.Required)
	}
	sameNames(t, "ClassifyRequest", questionFields, keys(doc.Components.Schemas["ClassifyRequest"].Value.Properties))
	sameNames(t, "Input", inputFields, keys(doc.Components.Schemas["Input"].Value.OneOf[1].Value.Properties))
}

func keys(m openapi3.Schemas) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	return names
}

func sameNames(t *testing.T, what string, a, b []string) {
	t.Helper()
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	if !slices.Equal(a, b) {
		t.Errorf("%s: the program has %q, the document %q", what, a, b)
	}
}

// TestDocumentRefuses: the validation of replies finds what the document does not allow.
func TestDocumentRefuses(t *testing.T) {
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	const good = `{"adapter": "a", "version": "v", "task": "regression", "value": 1, "tokens": 1, "cut_tokens": 0, "unknown_tokens": 0}`
	for text, valid := range map[string]bool{
		good: true,
		strings.Replace(good, `"value": 1`, `"label": "pos"`, 1):            false,
		strings.Replace(good, `"value": 1, `, ``, 1):                        false,
		strings.Replace(good, `"value": 1`, `"value": 1, "labels": []`, 1):  false,
		strings.Replace(good, `"value": 1`, `"value": 1, "extra": null`, 1): false,
		strings.Replace(good, `"tokens": 1`, `"tokens": 1.5`, 1):            false,
	} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if err := doc.Components.Schemas["Answer"].Value.VisitJSON(value, openapi3.EnableJSONSchema2020()); (err == nil) != valid {
			t.Errorf("%s: %v", text, err)
		}
	}
}
