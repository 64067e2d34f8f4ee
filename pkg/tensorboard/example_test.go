package tensorboard_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tensorboard"
)

// The event file of a run that is finished; `tensorboard --logdir DIR` shows it.
func ExampleWrite() {
	folder, err := runfolder.Open("../finetune/testdata/runs", "finished")
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "events")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path, err := tensorboard.Write(folder, dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	named, err := filepath.Match(tensorboard.Pattern, filepath.Base(path))
	fmt.Println(named, err)
	// Output: true <nil>
}
