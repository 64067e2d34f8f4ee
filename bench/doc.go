// Command bench measures lorabook beside what one would run otherwise, Hugging Face's
// Trainer with PEFT, on the same reviews, in turns, and prints ratios with their spread:
//
//	go run ./bench --imdb aclImdb_v1.tar.gz --model bert-base-cased --python .venv/bin/python3
//
// The Python needs what bench/requirements.txt lists. Each measurement is a process of its
// own, so that its memory is its own; what compiles or warms up is not counted, and said
// apart. Nothing else should run meanwhile. --only and --rounds make it shorter; results
// are kept in the folder --run, and the same command goes on after a stop.
package main
