package erroranalysis_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/erroranalysis"
)

// A person reads the surest mistakes of a run and fills in the column kind. Here the program fills it
// in; the mistakes of a run are those of Surest.
func ExampleSummarize() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "mistakes.csv")
	err = erroranalysis.Write(path, []erroranalysis.Mistake{
		{ID: "test/neg/12", Label: "neg", Answer: "pos", Probability: 0.998, Tokens: 210},
		{ID: "test/pos/7", Label: "pos", Answer: "neg", Probability: 0.991, Tokens: 154},
		{ID: "test/neg/3", Label: "neg", Answer: "pos", Probability: 0.984, Tokens: 540, Cut: true},
	})
	if err != nil {
		log.Fatal(err)
	}
	table, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(table))

	filled := string(table)
	for _, kind := range []string{"wrong label", "irony"} { // the third remains empty
		filled = strings.Replace(filled, ",,,\n", ",,"+kind+",\n", 1)
	}
	if err := os.WriteFile(path, []byte(filled), 0o644); err != nil {
		log.Fatal(err)
	}
	summary, err := erroranalysis.Summarize(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary)
	// Output:
	// id,label,answer,probability,tokens,cut,duplicate,kind,note
	// test/neg/12,neg,pos,0.998000,210,false,,,
	// test/pos/7,pos,neg,0.991000,154,false,,,
	// test/neg/3,neg,pos,0.984000,540,true,,,
	// 2 of 3 mistakes have a kind: 1 irony, 1 wrong label
	// wrong labels: 50.0 % of these, 95 % interval 9.5 to 90.5 (of mistakes as sure as these, not of all)
}
