// Package natsflags adds the flags of a NATS server to a command.
package natsflags

import (
	"github.com/spf13/pflag"

	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// Add adds the flags, which set the fields of s.
func Add(flags *pflag.FlagSet, s *queue.Server) {
	flags.StringVar(&s.URL, "nats", "", "`URL` of a NATS server with JetStream: nats://host:4222, with TLS tls://host:4222; several of a cluster with commas")
	flags.StringVar(&s.Credentials, "creds", "", "`FILE` with the credentials of a user (.creds)")
	flags.StringVar(&s.TokenFile, "token-file", "", "`FILE` with the server's token (default: the environment variable "+queue.TokenVariable+")")
	flags.StringVar(&s.CA, "ca", "", "`FILE` with the certificates (PEM) that sign the server's certificate (default: the system's)")
	flags.StringVar(&s.Certificate, "cert", "", "`FILE` with the client's certificate (PEM)")
	flags.StringVar(&s.Key, "key", "", "`FILE` with the key of the client's certificate (PEM)")
}
