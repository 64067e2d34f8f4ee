package remote_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/label/remote"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/splits"
)

// A labelling whose texts another worker labels. Workers can be on other machines, which have the same
// model under the same name; in this example all are in one process with the server.
func ExampleRun() {
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(context.Background())
	folder := filepath.Join(dir, "letters")
	run, err := finetune.Open(folder, finetune.Experiment{
		Model:    modelDir,
		Data:     splits.Config{Source: dataDir, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 8, Alpha: 16},
		Training: finetune.Training{Epochs: 12, LearningRate: 0.02},
	}, finetune.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	if _, err := run.Report(ctx); err != nil {
		log.Fatal(err)
	}
	texts := filepath.Join(dir, "texts.txt")
	if err := os.WriteFile(texts, []byte(strings.Repeat("k a k b k c k d k e\n", 100)), 0o644); err != nil {
		log.Fatal(err)
	}

	server, err := embeddednats.Start(filepath.Join(dir, "nats"), embeddednats.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	ended := make(chan error)
	go func() { ended <- remote.Run(ctx, remote.Options{Server: server.Server}) }()

	c, err := classify.Open(ctx, "", folder, classify.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	pool := &remote.Pool{Server: server.Server, Source: remote.Source{Adapter: folder}, OnlyOthers: true}
	report, err := label.Run(ctx, c, label.Options{Inputs: []string{texts}, Output: filepath.Join(dir, "answers.jsonl"), Pool: pool})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Counts)
	stop() // the worker gives an unfinished shard back, and ends
	fmt.Println(<-ended)
	// Output:
	// 100 texts, good 100 (100 %), [UNK] 0 % of the tokens, longer than the model reads: 0 %
	// context canceled
}
