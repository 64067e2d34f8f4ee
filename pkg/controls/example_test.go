package controls_test

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/controls"
)

// Outside a notebook the controls are the command and the lines of Go of their start.
func ExampleSettings_Text() {
	settings := &controls.Settings{Command: "go run ./kernel run", Controls: []controls.Control{
		{Name: "rank", Values: []string{"2", "4", "8"}, Start: 1, Usual: "8", Slider: true},
	}}
	fmt.Print(settings.Text())
	// Output:
	// go run ./kernel run -p rank=4
	//
	// rank = 4
}
