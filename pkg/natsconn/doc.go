// Package natsconn connects to a NATS server with JetStream, for sweeps (package sweep) and labellings
// (package label/remote) on several machines:
//
//	conn, err := natsconn.Connect(ctx, natsconn.Server{URL: "tls://nats.example.org:4222", Credentials: "worker.creds"}, "worker 1")
//	defer conn.Close()
//	stream, err := conn.JetStream().Stream(ctx, "texts")
//
// A server or the leader of a stream may start again at any time: the connection and its methods wait
// for it. Other errors are returned at once; those of a full storage match [ErrFull], those of a stream
// that is not on the server match [ErrGone].
package natsconn
