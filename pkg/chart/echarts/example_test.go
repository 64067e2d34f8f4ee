package echarts_test

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/lorabook/lorabook/pkg/chart/echarts"
)

// A program that can do without the library shows static pictures where it is missing. A file with a
// wrong checksum is another error.
func ExampleLibrary() {
	if err := os.Setenv(echarts.Env, "no-such-file.js"); err != nil {
		log.Fatal(err)
	}
	defer os.Unsetenv(echarts.Env)
	_, err := echarts.Library()
	if errors.Is(err, echarts.ErrNoLibrary) {
		fmt.Println("static pictures")
	}
	// Output:
	// static pictures
}
