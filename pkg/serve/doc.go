// Package serve answers classification requests over HTTP with the adapters of a [classify.Service]:
//
//	metrics := serve.NewMetrics()
//	service, err := classify.NewService(ctx, classify.ServiceOptions{
//		Adapters: map[string]string{"imdb": "runs/imdb"}, // further ones later, with service.Load
//		Observer: metrics,
//	})
//	if err != nil {
//		return err
//	}
//	listener, err := serve.Listen("127.0.0.1:8080", serve.Access{})
//	if err != nil {
//		return err
//	}
//	handler, err := serve.New(service, serve.Options{Metrics: metrics})
//	if err != nil {
//		return err
//	}
//	return serve.Run(ctx, listener, handler, serve.RunOptions{Close: service.Close})
//
// The routes are POST /v1/classify, GET /v1/models, /healthz, /readyz, /metrics (Prometheus) and
// /openapi.json, the description of all of them (OpenAPI 3.1). Errors are JSON of RFC 9457, see
// [Problem]. docs/serving.md describes the requests, the metrics and the limits.
//
// In an http.Server of its own, a program mounts the [Handler] where it likes, with http.StripPrefix for
// another path than the root. At its end it calls [Handler.Drain], then Shutdown of the server, then Close of
// the service, as [Run] does.
//
// Texts are never logged and never a value of a metric or of a trace.
package serve
