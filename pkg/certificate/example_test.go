package certificate_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/certificate"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// A finished run is certified, and verified with ten of its predictions computed again. A file that
// changes later is found. The toy model stands for a real one.
func ExampleVerify() {
	ctx := context.Background()
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)
	folder := filepath.Join(dir, "letters")
	run, err := finetune.Open(folder, finetune.Experiment{
		Model:    modelDir,
		Data:     splits.Config{Source: dataDir, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 4, Alpha: 8},
		Training: finetune.Training{Epochs: 1, LearningRate: 0.02},
	}, finetune.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	if _, err := run.Report(ctx); err != nil {
		log.Fatal(err)
	}

	_, digest, err := certificate.Write(ctx, folder)
	if err != nil {
		log.Fatal(err)
	}
	report, err := certificate.Verify(ctx, folder, certificate.Options{Digest: digest, Predict: 10})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("differences:", report.Count(certificate.Differs))

	if err := os.WriteFile(filepath.Join(folder, runfolder.HistoryFile), nil, 0o644); err != nil {
		log.Fatal(err)
	}
	report, err = certificate.Verify(ctx, folder, certificate.Options{Digest: digest})
	if err != nil {
		log.Fatal(err)
	}
	for _, check := range report.Checks {
		if check.Status == certificate.Differs {
			fmt.Println("differs:", check.Name)
		}
	}
	// Output:
	// differences: 0
	// differs: history.jsonl
}
