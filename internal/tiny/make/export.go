package main

import "errors"

func export(from, to string) error { return errors.New("TODO") }
