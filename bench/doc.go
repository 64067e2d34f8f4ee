// Command bench measures lorabook beside what one would run otherwise, Hugging Face's
// Trainer with PEFT, on the same reviews, in turns, and prints ratios with their spread:
//
//	go run ./bench --imdb aclImdb_v1.tar.gz --model bert-base-cased --python .venv/bin/python3
//	go run ./bench grow --imdb ... --model ... --python ...
//
// The first does the tasks of tasks.go: training, upper layers for 30 epochs, from files to
// an adapter, evaluation, tokenizing, some of them beside this module in another way; the
// second shows how cost grows over length, rank, layers and reviews.
//
// The Python needs what bench/requirements.txt lists. Each measurement is a process of its
// own, so that its memory is its own; what compiles or warms up is not counted, and said
// apart. Nothing else should run meanwhile. --only, --rounds and --reviews make it shorter;
// results are kept in the folder --run, and the same command goes on after a stop.
package main
