// Command build builds examples/onefile with the adapters of run folders, or of adapter folders:
//
//	go run ./examples/onefile/build -o classify films=runs/imdb topics=runs/topics
//
// It runs go build without cgo and with the processor's vector instructions (GOEXPERIMENT=simd). The
// files are embedded from where they are, by go build's overlay; GOOS and GOARCH select another
// system. Run it in the module.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const pkg = "github.com/lorabook/lorabook/examples/onefile"

func main() {
	log.SetFlags(0)
	out := flag.String("o", "classify", "`FILE` to write")
	base := flag.String("base", "", "`FOLDER` of the base model in the hub's layout (default: lorabook-tiny)")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "go run ./examples/onefile/build [-o FILE] [-base FOLDER] NAME=RUN ...")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := build(*out, *base, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

// build writes the program out with the base and the adapters, NAME=RUN.
func build(out, base string, adapters []string) error {
	if len(adapters) == 0 {
		return errors.New("found no adapter, expected NAME=RUN, as in films=runs/imdb")
	}
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", pkg).Output()
	if err != nil {
		return fmt.Errorf("go list %s: %w; run the command in the module", pkg, err)
	}
	embedded := filepath.Join(strings.TrimSpace(string(dir)), "embedded")
	overlay := map[string]string{}
	if base != "" {
		if err := add(overlay, base, filepath.Join(embedded, "base"), "config.json"); err != nil {
			return err
		}
	}
	for _, argument := range adapters {
		name, folder, found := strings.Cut(argument, "=")
		if !found || name == "" || strings.ContainsAny(name, `/\`) {
			return fmt.Errorf("%q: expected NAME=RUN, as in films=runs/imdb", argument)
		}
		if inner := filepath.Join(folder, "adapter"); exists(inner) { // a run folder
			folder = inner
		}
		if err := add(overlay, folder, filepath.Join(embedded, "adapters", name), "adapter_config.json"); err != nil {
			return err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	file, err := os.CreateTemp("", "overlay-*.json")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-overlay", file.Name(), "-ldflags", "-s -w", "-o", out, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if _, set := os.LookupEnv("GOEXPERIMENT"); !set {
		cmd.Env = append(cmd.Env, "GOEXPERIMENT=simd")
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

// add maps the files of a folder, which has the named one, to their place in the program.
func add(overlay map[string]string, folder, place, named string) error {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if !exists(filepath.Join(folder, named)) {
		return fmt.Errorf("%s: has no %s", folder, named)
	}
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		target := filepath.Join(place, inside)
		if _, twice := overlay[target]; twice {
			return fmt.Errorf("%s: its name is that of another adapter", folder)
		}
		overlay[target] = path
		return nil
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
