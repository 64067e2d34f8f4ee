// Command onefile is a classification service in one static file: the program, the pure Go engine, a
// base model and its adapters. Copy the file to a machine and start it:
//
//	go run ./examples/onefile/build -o classify films=runs/imdb topics=runs/topics
//	./classify -listen 127.0.0.1:8080
//	curl --json '{"inputs": "A film to remember.", "adapter": "films"}' http://127.0.0.1:8080/v1/classify
//
// The command build embeds the adapters of run folders. The base is lorabook-tiny, which is part of
// every program, or the folder of -base. docs/serving.md describes the service.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/serve"
	"github.com/lorabook/lorabook/pkg/tiny"
)

//go:embed all:embedded
var files embed.FS

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "`ADDRESS` to listen on")
	tokenFile := flag.String("token-file", "", "`FILE` with the bearer token (default: the environment variable "+serve.TokenVariable+")")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *listen, *tokenFile); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, address, tokenFile string) (err error) {
	token, err := serve.ReadToken(tokenFile)
	if err != nil {
		return err
	}
	listener, err := serve.Listen(address, serve.Access{Token: token})
	if err != nil {
		return err
	}
	defer listener.Close()
	dir, err := os.MkdirTemp("", "onefile-") // the adapters' and the base's readers want files
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	model, adapters, err := unpack(dir)
	if err != nil {
		return err
	}
	metrics := serve.NewMetrics()
	service, err := classify.NewService(ctx, classify.ServiceOptions{Model: model, Adapters: adapters, Observer: metrics})
	if err != nil {
		return err
	}
	options := serve.Options{Token: token, Metrics: metrics}
	if token == "" {
		options.Hosts = serve.LoopbackHosts
	}
	slog.Info("serving", "address", "http://"+listener.Addr().String(), "adapters", len(adapters))
	handler, err := serve.New(service, options)
	if err != nil {
		return err
	}
	return serve.Run(ctx, listener, handler, serve.RunOptions{Close: service.Close})
}

// unpack writes the embedded files to dir and returns the base model and the adapters' folders.
func unpack(dir string) (model string, adapters map[string]string, err error) {
	content, err := fs.Sub(files, "embedded")
	if err != nil {
		return "", nil, err
	}
	if err := os.CopyFS(dir, content); err != nil {
		return "", nil, err
	}
	model = tiny.Name
	if base := filepath.Join(dir, "base"); exists(base) {
		model = base
	}
	entries, err := os.ReadDir(filepath.Join(dir, "adapters"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, errors.New("this program has no adapters: build it with go run ./examples/onefile/build NAME=RUN")
	}
	adapters = map[string]string{}
	for _, entry := range entries {
		adapters[entry.Name()] = filepath.Join(dir, "adapters", entry.Name())
	}
	return model, adapters, err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
