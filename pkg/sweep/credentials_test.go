package sweep

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/lorabook/lorabook/pkg/natsconn"
)

// TestCredentials connects to a server with accounts by a credentials file, as operators hand them
// out.
func TestCredentials(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pair := func(make func() (nkeys.KeyPair, error)) (nkeys.KeyPair, string) {
		t.Helper()
		keys, err := make()
		must(err)
		public, err := keys.PublicKey()
		must(err)
		return keys, public
	}
	operator, operatorKey := pair(nkeys.CreateOperator)
	account, accountKey := pair(nkeys.CreateAccount)
	_, systemKey := pair(nkeys.CreateAccount)
	stranger, _ := pair(nkeys.CreateAccount)
	resolver := &server.MemAccResolver{}
	for _, key := range []string{accountKey, systemKey} {
		claims := jwt.NewAccountClaims(key)
		if key == accountKey {
			claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
		}
		text, err := claims.Encode(operator)
		must(err)
		must(resolver.Store(key, text))
	}
	credentials := func(name string, signer nkeys.KeyPair) string {
		user, userKey := pair(nkeys.CreateUser)
		text, err := jwt.NewUserClaims(userKey).Encode(signer)
		must(err)
		seed, err := user.Seed()
		must(err)
		content, err := jwt.FormatUserConfig(text, seed)
		must(err)
		path := filepath.Join(dir, name)
		must(os.WriteFile(path, content, 0o600))
		return path
	}
	trusted := jwt.NewOperatorClaims(operatorKey)
	trusted.SystemAccount = systemKey
	text, err := trusted.Encode(operator)
	must(err)
	trusted, err = jwt.DecodeOperatorClaims(text)
	must(err)
	own, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: filepath.Join(dir, "store"),
		TrustedOperators: []*jwt.OperatorClaims{trusted}, SystemAccount: systemKey, AccountResolver: resolver,
	})
	must(err)
	go own.Start()
	defer own.Shutdown()
	if !own.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	conn, err := natsconn.Connect(t.Context(), natsconn.Server{URL: own.ClientURL(), Credentials: credentials("good.creds", account)}, "test")
	must(err)
	conn.Close()
	bad := credentials("bad.creds", stranger)
	if _, err := natsconn.Connect(t.Context(), natsconn.Server{URL: own.ClientURL(), Credentials: bad}, "test"); err == nil || !strings.Contains(err.Error(), "refuses "+bad) {
		t.Errorf("credentials of another account: %v", err)
	}
}
