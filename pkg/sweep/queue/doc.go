// Package queue connects the coordinator of a sweep (package sweep) and its workers (package
// worker) through a NATS server with JetStream (package natsconn): the work queue of trials, their
// records in a key-value store, and folders in an object store.
//
//	conn, err := natsconn.Connect(ctx, natsconn.Server{URL: "tls://nats.example.org:4222", Credentials: "sweep.creds"}, "worker 1")
//	defer conn.Close()
//	q, manifest, err := queue.Open(ctx, conn, id)
//	record, revision, err := q.Trial(ctx, key)
//
// A sweep has three streams of its own: lorabook-ID, the work queue; KV_lorabook-ID, the
// manifest, a record for each trial and a heartbeat for each worker; OBJ_lorabook-ID, the run
// folders of trials. A record changes by compare-and-set on its revision alone, so that a message
// that is delivered twice counts once.
package queue
