package schedule_test

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/schedule"
)

func Example() {
	s := schedule.Schedule{Name: schedule.Linear, Peak: 1e-3, Warmup: 0.2}
	if err := s.Name.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	for step := 1; step <= 5; step++ {
		fmt.Printf("step %d: %.5f\n", step, s.Rate(step, 5))
	}
	fmt.Printf("%s: %s\n", s.Name, s.Name.Describe())
	// Output:
	// step 1: 0.00000
	// step 2: 0.00100
	// step 3: 0.00075
	// step 4: 0.00050
	// step 5: 0.00025
	// linear: 1 - p, as transformers' get_linear_schedule_with_warmup
}
