package natsconn_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/embeddednats"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

// The server of this example is inside the process. That of a program is natsconn.Server{URL: ...}.
func ExampleConnect() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := embeddednats.Start(dir, embeddednats.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	conn, err := natsconn.Connect(ctx, s.Server, "example")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	stream, err := conn.JetStream().CreateStream(ctx, jetstream.StreamConfig{Name: "texts", Subjects: []string{"texts"}})
	if err != nil {
		log.Fatal(err)
	}
	if err := conn.Publish(ctx, "texts", &nats.Msg{Subject: "texts", Data: []byte("A quiet film.")}); err != nil {
		log.Fatal(err)
	}
	message, err := stream.GetMsg(ctx, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(message.Data))

	err = conn.Publish(ctx, "answers", &nats.Msg{Subject: "answers"})
	fmt.Println("no such stream:", errors.Is(err, natsconn.ErrGone))
	// Output:
	// A quiet film.
	// no such stream: true
}

// A command line sets the fields with the flags of `go run ./kernel worker`.
func ExampleServer_Flags() {
	var s natsconn.Server
	flags := flag.NewFlagSet("example", flag.ContinueOnError)
	s.Flags(func(field *string, name, usage string) { flags.StringVar(field, name, *field, usage) })
	if err := flags.Parse([]string{"--nats", "tls://nats.example.org:4222"}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.URL)
	// Output:
	// tls://nats.example.org:4222
}
