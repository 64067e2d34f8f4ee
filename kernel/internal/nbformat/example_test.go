package nbformat_test

import (
	"fmt"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

func ExampleParse() {
	nb, err := nbformat.Parse([]byte(`{
	"nbformat": 4, "nbformat_minor": 4, "metadata": {},
	"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# A title\n", "and prose"]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(nb.Cells[0].Source)

	_, err = nbformat.Parse([]byte(`{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [{"cell_type": "code"}]}`))
	fmt.Println(err)
	// Output:
	// # A title
	// and prose
	// this is not a notebook: at cells[0]: the field "metadata" is missing
}
