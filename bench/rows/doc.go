// Command rows measures the memory that opening a large table takes, for a draw of 1,000 training
// and 1,000 test examples:
//
//	go run ./bench/rows
//	go run ./bench/rows --rows 2000000,10000000 --format csv,parquet
//	go run ./bench/rows --split --held
//
// It writes tables of random texts of about 70 bytes in five classes to a temporary folder, and
// draws from each in a process of its own, of which it prints the time and the peak of the
// memory (VmHWM; Linux). With --split the table has a column of halves; without it a test half is
// held out, for which the near duplicates among all texts are found. --held also measures a data
// set that is held in memory. docs/formats.md contains results.
package main
