// Command bench compares lorabook with Hugging Face's Trainer and PEFT on the same reviews. The
// two sides alternate. It prints ratios with their spread:
//
//	go run ./bench --imdb aclImdb_v1.tar.gz --model bert-base-cased --python .venv/bin/python3
//	go run ./bench grow --imdb ... --model ... --python ...
//
// The first command runs the tasks of tasks.go: training, 30 epochs of the upper layers, from
// files to an adapter, evaluation, tokenizing. train-short and evaluate-short have short texts,
// as in data sets of tweets or sentences: the first N words of each review, N drawn uniformly
// from 3 to 40. Both sides read the texts from the same files. Some tasks compare two
// configurations of lorabook. The second command measures the growth of cost with length, rank,
// layers and reviews.
//
// The Python environment needs the packages of bench/requirements.txt. The tasks tokenize-one and
// tokenize need only a tokenizer, so that they compare with any version: requirements.txt has
// tokenizers 0.23, requirements-tokenizers-1.0.txt the rewritten one, and
// requirements-nanotoken.txt nanotoken, for --tokenizer nanotoken. Their tables say whether both
// sides produced the same ids. Each measurement runs in
// a separate process, so that its peak memory can be measured; compilation and warm-up are
// reported separately. Run nothing else at the same time. --only, --rounds and --reviews
// shorten the run. The folder --run keeps the results, and the same command resumes after a
// stop.
package main
