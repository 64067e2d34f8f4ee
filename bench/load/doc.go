// Command load measures a classification service over HTTP: `kernel serve`, and a Python service for
// comparison (peer.py: FastAPI, uvicorn, PyTorch, PEFT, dynamic batching).
//
//	go run ./bench/load --url http://127.0.0.1:8080 --rate 20 --duration 30s
//	go run ./bench/load --url http://127.0.0.1:8080 --clients 8
//	go run ./bench/load compare --model bert-base-cased --python .venv/bin/python3
//
// With --rate, requests arrive at random times (a Poisson process with the given seed) whether or not
// earlier ones are answered (open loop), and a latency counts from the time at which the request was
// due. With --clients, each client sends its next request after an answer (closed loop). Each request
// has one text. Every measurement ends after --duration, plus the time limit of a request.
//
// The command compare starts both services with the same adapters, alternates them, and prints
// tables: p50 and p99 at 1, 8 and 64 clients, the highest rate with a p99 below --p99, memory, the
// time from the start to the first answer, and 100 adapters beside one. Run nothing else at the same
// time.
package main
