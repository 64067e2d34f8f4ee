// Command imdb runs the experiments on all 50,000 labelled reviews of IMDB, each with a certificate:
//
//	go run ./bench/imdb lora-256
//	go run ./bench/imdb --seed 2 lora-512
//	go run ./kernel runs runs/whole
//	go run ./kernel verify runs/whole/lora-256-seed-1 --predict 500
//
// A recipe trains for hours on two cores that multiply bfloat16 (AVX-512 BF16, AMX), and for a day on
// others. Ctrl-C stops it, and the same command continues it. Recipes
// are chosen by the validation reviews, which are held out of the training half; the test half is only
// evaluated.
package main
