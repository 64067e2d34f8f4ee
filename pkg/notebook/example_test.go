package notebook_test

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/pkg/notebook"
)

// The parameters of a notebook are checked before the model and the data are read. The error names the
// parameter as the notebook does.
func ExampleSettings_Validate() {
	s := notebook.Settings{Rank: 16, Layers: "8-11", Truncation: "tial"}
	err := s.Validate()
	var wrong *notebook.ParameterError
	if errors.As(err, &wrong) {
		fmt.Println(wrong.Name)
	}
	fmt.Println(err)

	s.Truncation = "tail"
	fmt.Println(s.Validate())
	fmt.Println(s.LayerNumbers())
	// Output:
	// truncation
	// parameter truncation is "tial", expected one of ["head" "tail" "head+tail" "windows"]: did you mean "tail"?
	// <nil>
	// [8 9 10 11] <nil>
}
