package sweep

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// certificate makes a certificate for 127.0.0.1 that signs itself, and writes its two files.
func certificate(t *testing.T, dir, name string) (certFile, keyFile string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key")
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if pair, err = tls.LoadX509KeyPair(certFile, keyFile); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile, pair
}

// TestTLS runs a sweep on a server that wants TLS and the client's certificate.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	serverCA, _, pair := certificate(t, dir, "server")
	clientCert, clientKey, _ := certificate(t, dir, "client")
	otherCA, _, _ := certificate(t, dir, "other")
	clients := x509.NewCertPool()
	if content := read(t, clientCert); !clients.AppendCertsFromPEM(content) {
		t.Fatal("no certificate")
	}
	own, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: filepath.Join(dir, "store"),
		TLS: true, TLSVerify: true, TLSTimeout: 60,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12},
	})
	if err != nil {
		t.Fatal(err)
	}
	go own.Start()
	defer own.Shutdown()
	if !own.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	url := "tls://" + strings.TrimPrefix(strings.TrimPrefix(own.ClientURL(), "nats://"), "tls://")
	good := natsconn.Server{URL: url, CA: serverCA, Certificate: clientCert, Key: clientKey}
	for name, c := range map[string]struct {
		change func(*natsconn.Server)
		want   string
	}{
		"another CA":     {func(s *natsconn.Server) { s.CA = otherCA }, "certificate"},
		"no CA":          {func(s *natsconn.Server) { s.CA = "" }, "certificate"},
		"no CA file":     {func(s *natsconn.Server) { s.CA = filepath.Join(dir, "none.pem") }, "none.pem"},
		"no certificate": {func(s *natsconn.Server) { s.Certificate, s.Key = "", "" }, "nats server " + url},
	} {
		t.Run(name, func(t *testing.T) {
			s := good
			c.change(&s)
			conn, err := natsconn.Connect(t.Context(), s, "test")
			if err == nil {
				conn.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want an error with %q", err, c.want)
			}
		})
	}
	p := Plan{Base: toy(t), Fields: []Field{{Name: "adapter.r", Values: []any{2}}}}
	o := short(t, 1)
	o.Server = good
	folder := filepath.Join(dir, "sweep")
	r := runToy(t, t.Context(), folder, p, o)
	if n := wantAlone(t, o.Backend, folder, p, r); n != 2 {
		t.Errorf("%d trials finished, expected 2", n)
	}
	conn, err := natsconn.Connect(t.Context(), good, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if ids, err := queue.Sweeps(t.Context(), conn); err != nil || len(ids) != 0 {
		t.Errorf("the finished sweep is still on the server: %q, %v", ids, err)
	}
}
