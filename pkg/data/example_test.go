package data_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// Reviews of one's own need no more than a text and a label each.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "reviews")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "cafes.jsonl")
	content := `{"text": "The waiter smiled.<br />So did we.", "label": "good", "rating": 9}
{"text": "Cold soup &amp; cold looks.", "label": "bad"}
{"text": "We will be back.", "label": "good", "split": "train"}`
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		log.Fatal(err)
	}
	_, err = data.Open(context.Background(), path)
	fmt.Println(strings.ReplaceAll(err.Error(), dir, ""))

	content = strings.ReplaceAll(content, `, "split": "train"`, "")
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		log.Fatal(err)
	}
	cafes, err := data.Open(context.Background(), path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cafes)
	fmt.Printf("%+v\n", cafes.Train[1])
	// Output:
	// /cafes.jsonl:3: split is "train", and "" at line 1: give a split to every record or to none
	// cafes, train 3 (bad 1, good 2), test 0
	// {ID:train/2 Text:Cold soup & cold looks. TextPair: Label:0 Labels:[] Value:0 Words:[] Tags:[] Rating:0}
}

// The sample needs no download. What nobody labelled is asked for apart.
func ExampleOpener_Open() {
	sample, err := data.Opener{}.Open(context.Background(), "sample")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sample)
	_, err = data.Opener{Unlabelled: true}.Open(context.Background(), "sample")
	fmt.Println(errors.Is(err, data.ErrNoUnlabelled))
	// Output:
	// sample, train 400 (neg 200, pos 200), test 200 (neg 100, pos 100)
	// true
}

func ExampleClean() {
	fmt.Println(data.Clean("Tom &amp; Jerry.<br /><br />  Still   funny. "))
	// Output:
	// Tom & Jerry.
	// Still funny.
}
