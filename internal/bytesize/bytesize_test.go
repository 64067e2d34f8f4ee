package bytesize_test

import (
	"fmt"
	"testing"

	"github.com/lorabook/lorabook/internal/bytesize"
)

func TestText(t *testing.T) {
	for bytes, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1 kB", 98_499: "98 kB", 98_500: "99 kB", 99_450: "99 kB", 100_488: "100 kB",
		999_499: "999 kB", 999_500: "1.0 MB", 7_204_000: "7.2 MB", 999_949_999: "999.9 MB", 999_950_000: "1.0 GB", 3_250_000_000: "3.3 GB",
	} {
		if got := bytesize.Text(bytes); got != want {
			t.Errorf("%d bytes are %q, want %q", bytes, got, want)
		}
	}
}

// A chart's value and the text beside it are the same number.
func TestTextAndKBAgree(t *testing.T) {
	for bytes := int64(1000); bytes < 999_500; bytes += 37 {
		if text, value := bytesize.Text(bytes), fmt.Sprintf("%.0f kB", bytesize.KB(bytes)); text != value {
			t.Fatalf("%d bytes are %s and %s", bytes, text, value)
		}
	}
}
