package plugin_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/plugin"
)

func ExampleFind() {
	dir, err := os.MkdirTemp("", "plugin")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	os.Setenv(plugin.EnvPath, dir)
	defer os.Unsetenv(plugin.EnvPath)

	_, ok := plugin.Find("cpu")
	fmt.Println("in an empty folder:", ok)

	file := filepath.Join(dir, plugin.FileName("cpu"))
	if err := os.WriteFile(file, []byte("\x7fELF"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	path, ok := plugin.Find("cpu")
	fmt.Println("with a library in it:", filepath.Base(path), ok)
	// Output:
	// in an empty folder: false
	// with a library in it: pjrt_c_api_cpu_plugin.so true
}
