package datareport_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/datareport"
	"github.com/lorabook/lorabook/pkg/splits"
)

// A file of grades: the report says which task its labels look like, and why.
func ExampleRead() {
	dir, err := os.MkdirTemp("", "letters-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "letters.csv")
	rows := "text,label\n"
	for i := range 20 {
		rows += fmt.Sprintf("Letter %d of a customer,%.1f\n", i, 1+float64(i)/5)
	}
	if err := os.WriteFile(file, []byte(rows), 0o644); err != nil {
		log.Fatal(err)
	}

	report, err := datareport.Read(context.Background(), datareport.Options{Data: splits.Config{Source: file}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", report.Task, report.Why)
	// Output:
	// regression: column "label" has numbers with a fraction, such as 1.0
}
