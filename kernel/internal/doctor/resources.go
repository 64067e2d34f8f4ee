package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/lorabook/lorabook/internal/browser"
	"github.com/lorabook/lorabook/internal/hub"
)

// With less than these, a run fails or thrashes: training BERT-base needs 3 GiB of memory, and
// models, data and Go's cache take 6 GiB of disk.
const (
	enoughMemory = 4 << 30
	enoughSpace  = 6 << 30
)

// caches reports the folders of models and data, and their content.
func (m *machine) caches() {
	dir := hub.CacheDir()
	const name = "hub cache"
	var here []string
	for _, repo := range []hub.Repo{{ID: "google-bert/bert-base-cased"}, {ID: "bert-base-cased"}, {Kind: hub.Datasets, ID: "stanfordnlp/imdb"}} {
		if _, ok := hub.Cached(repo); ok {
			here = append(here, repo.ID)
		}
	}
	holds := "neither bert-base-cased nor IMDB in it yet"
	if len(here) > 0 {
		holds = strings.Join(here, ", ") + " in it"
	}
	switch err := writable(dir); {
	case err != nil:
		m.warn(name, "set HF_HOME to a folder that can be written", "%v", err)
	case hub.Offline() && len(here) == 0:
		m.warn(name, "unset HF_HUB_OFFLINE, or name folders for model and data", "%s; %s, and HF_HUB_OFFLINE forbids to download it", dir, holds)
	default:
		m.ok(name, "%s; %s", dir, holds)
	}
}

// programs reports on optional programs.
func (m *machine) programs() {
	for _, p := range []struct {
		name, use, remedy string
		programs          []string
	}{
		{"Jupyter", "to edit notebooks; kernel run needs none", "pip install jupyterlab", []string{"jupyter-lab", "jupyter"}},
		{"browser", "for kernel render --to pdf, and for the tests that look at a page", browser.Install, nil},
	} {
		path := ""
		for _, program := range p.programs {
			if found, err := exec.LookPath(program); err == nil {
				path = found
				break
			}
		}
		if p.name == "browser" {
			path = browser.Find()
		}
		if path == "" {
			m.warn(p.name, p.remedy, "optional, %s: none on the PATH", p.use)
			continue
		}
		m.ok(p.name, "%s (optional, %s)", path, p.use)
	}
}

// space checks the disks that fill up.
func (m *machine) space() {
	dirs := []string{hub.CacheDir(), os.TempDir()}
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, cache)
	}
	least, where := uint64(0), ""
	for _, dir := range dirs {
		free, err := freeSpace(existing(dir))
		if err == nil && (where == "" || free < least) {
			least, where = free, existing(dir)
		}
	}
	const name = "disk"
	switch {
	case where == "":
		return // not available on this system
	case least < enoughSpace:
		m.warn(name, "make room, or move caches with HF_HOME, GOCACHE and TMPDIR", "%s free at %s; models, data and Go's cache want %s",
			humanize.IBytes(least), where, humanize.IBytes(enoughSpace))
	default:
		m.ok(name, "%s free at %s", humanize.IBytes(least), where)
	}
}

// memory checks the memory of the machine.
func (m *machine) memory() {
	total, available, err := memory()
	const name = "memory"
	switch {
	case err != nil:
		return // not available on this system
	case available < enoughMemory:
		m.warn(name, "end other programs, or use a smaller model or batch", "%s of %s available; BERT-base in training wants %s",
			humanize.IBytes(available), humanize.IBytes(total), humanize.IBytes(enoughMemory))
	default:
		m.ok(name, "%s of %s available", humanize.IBytes(available), humanize.IBytes(total))
	}
}

// existing returns dir, or the nearest existing folder above it.
func existing(dir string) string {
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return dir
}

// writable tries to write to dir, or to the folder in which it would be created.
func writable(dir string) error {
	at := existing(dir)
	info, err := os.Stat(at)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a folder", at)
	}
	file, err := os.CreateTemp(at, ".lorabook-doctor-")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", at, err)
	}
	name := file.Name()
	return errors.Join(file.Close(), os.Remove(name))
}

// runsPrograms tries to run a program from dir; a disk may be mounted so that none does.
func runsPrograms(dir string) error {
	if err := writable(dir); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, "lorabook-doctor-*.sh")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	_, err = file.WriteString("#!/bin/sh\nexit 0\n")
	if err := errors.Join(err, file.Chmod(0o700), file.Close()); err != nil {
		return err
	}
	if err := exec.Command(file.Name()).Run(); errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("programs are forbidden to run there: %w", err)
	}
	return nil // other errors are not about the folder
}
