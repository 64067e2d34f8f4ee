// Package remote labels the shards of package label on several machines, through a NATS server with
// JetStream:
//
//	server := natsconn.Server{URL: "tls://nats.example.org:4222", Credentials: "label.creds"}
//	pool := &remote.Pool{Server: server, Source: remote.Source{Adapter: "runs/imdb"}}
//	report, err := label.Run(ctx, c, label.Options{Inputs: inputs, Output: "answers.jsonl", Pool: pool})
//
// and on the other machines
//
//	err := remote.Run(ctx, remote.Options{Server: server})
//
// A labelling has two streams: lorabook-shards-ID, a work queue of its shards, whose metadata has the
// manifest (model, lines, versions), and lorabook-blocks-ID, the blocks and the errors of the workers.
// Payloads that are larger than half of a message are in the object store lorabook-shards-ID. ID is
// label.Job.ID. The process that writes the output is the only one that decides what counts: it takes
// the first block of each shard whose texts are the same, and writes the blocks in their order. So a
// shard that is delivered twice, such as that of a worker that was lost, counts once.
package remote
