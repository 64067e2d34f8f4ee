package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/serve"
)

// serveHelp is the long help text of the command serve.
const serveHelp = `Serve adapters of one base model over HTTP. Each RUN is a run folder with a finished
training, an adapter folder of this module or of PEFT, or an adapter on the Hugging Face hub,
OWNER/NAME or OWNER/NAME@REVISION with a branch, a tag or a commit. Requests name its adapter by
NAME, by default the last part of the path. The base model is loaded once.

  POST /v1/classify   {"inputs": ["A film to remember."], "adapter": "imdb"}
  GET  /v1/models     the adapters with their classes and versions
  GET  /healthz, /readyz, /metrics (Prometheus), /openapi.json (all fields and errors)

docs/serving.md describes requests, metrics and limits.

The command compiles the programs of all batch sizes before it reports that it is ready
(/readyz); until then requests may wait for them. --no-warm-up leaves that to the requests. It
listens on the loopback address. Another address needs a bearer token, from --token-file or the
environment variable LORABOOK_TOKEN, or --no-token, with which every client that reaches the
address may ask.

--watch loads the adapters in the folders of DIR, by the folders' names, and follows changes:
new folders are loaded, changed ones replace their adapter, and adapters of removed folders are
unloaded, without an interruption. A damaged folder is an error in the log, and the previous
version keeps answering.

SIGTERM and Ctrl-C end the service gracefully: /readyz and new requests are answered with 503,
running requests are answered, and the command exits with status 0. A second signal ends it at
once. The log has one line per request, without texts.`

// serveSettings are the settings of the command serve.
type serveSettings struct {
	service classify.ServiceOptions
	serve.Options
	listen, tokenFile, watch             string
	labels, tasks                        []string
	noToken, noWarmUp, jsonLog, bfloat16 bool
	every                                time.Duration
	run                                  serve.RunOptions
}

// newServeCommand returns the command that serves adapters over HTTP.
func newServeCommand() *cobra.Command {
	var s serveSettings
	cmd := &cobra.Command{
		Use:   "serve [NAME=]RUN ...",
		Short: "Serve trained adapters over HTTP",
		Long:  serveHelp,
		Example: `  go run ./kernel serve runs/imdb
  go run ./kernel serve films=runs/imdb topics=runs/topics --listen 127.0.0.1:9000
  go run ./kernel serve topics=owner/name@v1.0 --labels topics=art,news,sport
  LORABOOK_TOKEN=$(openssl rand -hex 32) go run ./kernel serve --listen :8080 runs/imdb
  go run ./kernel serve --model bert-base-cased --watch adapters`,
		RunE: func(cmd *cobra.Command, args []string) error {
			folders, err := namedFolders(args)
			if err != nil {
				return err
			}
			if s.service.AdapterOptions, err = adapterOptions(folders, s.labels, s.tasks); err != nil {
				return err
			}
			if len(folders) == 0 && (s.watch == "" || s.service.Model == "") {
				return errors.New("serve: found no run folder, expected one, as in: go run ./kernel serve runs/imdb; or --watch DIR with --model MODEL")
			}
			return s.serve(cmd.Context(), folders, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&s.service.Model, "model", "", "folder or hub name of the base `MODEL` (default: the base of the first adapter)")
	flags.StringVar(&s.service.Revision, "revision", "", "branch, tag or commit of the base on the hub (default: that of the first adapter)")
	flags.StringArrayVar(&s.labels, "labels", nil, "`NAME=CLASSES` of an adapter whose files name no classes, as in films=neg,pos; may be repeated")
	flags.StringArrayVar(&s.tasks, "task", nil, "`NAME=TASK` of an adapter of PEFT whose base does not name it: multi_label_classification or regression; may be repeated")
	flags.StringVar(&s.listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on; port 0 is a free port")
	flags.StringVar(&s.tokenFile, "token-file", "", "`FILE` with the bearer token (default: the environment variable "+serve.TokenVariable+")")
	flags.BoolVar(&s.noToken, "no-token", false, "listen on an address that other machines can reach without a token")
	flags.StringSliceVar(&s.Hosts, "host", nil, "further `NAMES` of the service on the loopback address without a token, as in localhost (a web page cannot use others)")
	flags.StringVar(&s.watch, "watch", "", "load the adapters in the folders of `DIR`, and follow changes")
	flags.DurationVar(&s.every, "watch-every", 2*time.Second, "time between two looks at the watched folder")
	flags.IntVar(&s.service.MaxTokens, "max-tokens", 0, "largest number of tokens of a batch, padding included, 8 to 8192 (default 128 for each processor, from 256 to 1024)")
	flags.IntVar(&s.service.Queue, "queue", 0, "largest number of texts that wait (default 256)")
	flags.IntVar(&s.service.MaxAdapters, "max-adapters", 0, "largest number of adapters in memory (default 128)")
	flags.Int64Var(&s.MaxBody, "max-body", 2<<20, "largest body of a request in `BYTES`")
	flags.IntVar(&s.MaxInputs, "max-inputs", 256, "largest number of texts of a request")
	flags.Float64Var(&s.Rate, "rate", 0, "requests per second that are accepted; 0: unlimited")
	flags.IntVar(&s.Burst, "burst", 0, "requests that may arrive at once with --rate (default: --rate)")
	flags.DurationVar(&s.Timeout, "timeout", 30*time.Second, "time limit of a request")
	flags.DurationVar(&s.run.DrainDelay, "drain-delay", 0, "time between the first 503 of /readyz and the end of listening")
	flags.DurationVar(&s.run.DrainTimeout, "drain-timeout", 30*time.Second, "time limit for the running requests of a shutdown")
	flags.BoolVar(&s.service.Calibrated, "calibrated", false, "use the temperatures and thresholds that the trainings fitted")
	flags.BoolVar(&s.service.RefuseLong, "refuse-long", false, "refuse texts with more tokens than their adapter reads, instead of cutting them as in its training")
	flags.BoolVar(&s.bfloat16, "bfloat16", false, "multiply matrices in bfloat16, which halves the memory of the weights")
	flags.BoolVar(&s.service.CheckMerged, "check-merged", false, "compare each adapter with its merged weights before it answers; takes the memory of a second base")
	flags.BoolVar(&s.noWarmUp, "no-warm-up", false, "do not compile the programs before the first request")
	flags.BoolVar(&s.jsonLog, "log-json", false, "write the log as JSON")
	return cmd
}

// check refuses settings that cannot be used.
func (s *serveSettings) check() error {
	for _, flag := range []struct {
		name string
		ok   bool
		want string
	}{
		{"--max-body", s.MaxBody >= 1, "at least 1"},
		{"--max-inputs", s.MaxInputs >= 1, "at least 1"},
		{"--rate", s.Rate >= 0, "at least 0"},
		{"--burst", s.Burst >= 0 && (s.Burst == 0 || s.Rate > 0), "at least 1, together with --rate"},
		{"--timeout", s.Timeout > 0, "a time above 0, such as 30s"},
		{"--watch-every", s.every > 0, "a time above 0, such as 2s"},
		{"--drain-delay", s.run.DrainDelay >= 0, "at least 0"},
		{"--drain-timeout", s.run.DrainTimeout > 0, "a time above 0, such as 30s"},
	} {
		if !flag.ok {
			return fmt.Errorf("serve: %s: expected %s", flag.name, flag.want)
		}
	}
	return nil
}

// serve loads the adapters and serves until ctx ends.
func (s *serveSettings) serve(ctx context.Context, folders map[string]string, out, log io.Writer) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	if s.Token, err = serve.ReadToken(s.tokenFile); err != nil {
		return err
	}
	var handler slog.Handler = slog.NewTextHandler(log, nil)
	if s.jsonLog {
		handler = slog.NewJSONHandler(log, nil)
	}
	s.Logger = slog.New(handler)
	if s.watch != "" {
		if _, err := os.ReadDir(s.watch); err != nil {
			return fmt.Errorf("serve: --watch: %w; expected a folder with the folders of adapters; it may be empty", err)
		}
	}
	// The address first: loading takes seconds, and an address in use should not cost them.
	listener, err := serve.Listen(s.listen, serve.Access{Token: s.Token, NoToken: s.noToken})
	if err != nil {
		return err
	}
	defer listener.Close()
	if s.Token == "" && !s.noToken {
		s.Hosts = append(s.Hosts, serve.LoopbackHosts...)
	}
	if s.bfloat16 {
		s.service.Precision = precision.BFloat16
	}
	s.Metrics = serve.NewMetrics()
	s.service.Observer, s.service.Adapters = s.Metrics, folders
	service, err := classify.NewService(ctx, s.service)
	if err != nil {
		return err
	}
	closed := false
	defer func() {
		if !closed {
			_ = service.Close(context.WithoutCancel(ctx))
		}
	}()
	names := slices.Sorted(maps.Keys(folders))
	var watcher *serve.Watcher
	if s.watch != "" {
		watcher = serve.NewWatcher(s.watch, service, names, s.Logger)
		watcher.Poll(ctx)
		select { // a second look shows which folders are complete
		case <-time.After(min(s.every, 2*time.Second)):
			watcher.Poll(ctx)
		case <-ctx.Done():
		}
	}
	h, err := serve.New(service, s.Options)
	if err != nil {
		return err
	}
	h.SetReady(false)
	started, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.start(started, service, h, watcher)
	}()
	s.run.Close = func(ctx context.Context) error {
		stop()
		<-done
		closed = true
		return service.Close(ctx)
	}
	fmt.Fprintf(out, "http://%s\n", listener.Addr())
	return serve.Run(ctx, listener, h, s.run)
}

// warmed returns a function that logs the progress of a warm-up that began at a time, at most once in
// ten seconds.
func (s *serveSettings) warmed(begun time.Time) func(done, total int) {
	last := begun
	return func(done, total int) {
		if now := time.Now(); now.Sub(last) >= 10*time.Second && done < total {
			last = now
			s.Logger.Info("warm-up", "programs", done, "of", total)
		}
	}
}

// start compiles the programs, reports that the service is ready, and then follows the watched folder,
// if watcher is not nil.
func (s *serveSettings) start(ctx context.Context, service *classify.Service, h *serve.Handler, watcher *serve.Watcher) {
	begun := time.Now()
	if !s.noWarmUp {
		if err := service.Warm(ctx, s.warmed(begun)); err != nil {
			if ctx.Err() == nil {
				s.Logger.Error("the warm-up failed: the service does not become ready", "error", err)
			}
			return
		}
	}
	h.SetReady(true)
	s.Logger.Info("ready", "adapters", len(service.Adapters()), "warm_up", time.Since(begun).Round(time.Millisecond))
	if watcher != nil {
		watcher.Watch(ctx, s.every)
	}
}
