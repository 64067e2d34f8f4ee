package docker_test

import (
	"bytes"
	"go/version"
	"os"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// find returns the first group of what the pattern finds in the file.
func find(t *testing.T, path, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindSubmatch(read(t, path))
	if found == nil {
		t.Fatalf("%s has no %s", path, pattern)
	}
	return string(found[1])
}

func TestBinderBuildsTheSameImage(t *testing.T) {
	if !bytes.Equal(read(t, "Dockerfile"), read(t, "../binder/Dockerfile")) {
		t.Error("binder/Dockerfile is not docker/Dockerfile: cp docker/Dockerfile binder/Dockerfile")
	}
}

func TestGoOfTheImageIsNewEnough(t *testing.T) {
	have := find(t, "Dockerfile", `(?m)^ARG GO_VERSION=(\S+)$`)
	need := find(t, "../go.mod", `(?m)^go (\S+)$`)
	if version.Compare("go"+have, "go"+need) < 0 {
		t.Errorf("Dockerfile takes Go %s, go.mod needs %s", have, need)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		find(t, "Dockerfile", `(?m)^\s+`+regexp.QuoteMeta(have+"-"+arch)+`\) sum=([0-9a-f]{64}) ;;`)
	}
}

// Package managers use the registries of the machine, or of the build arguments.
func TestDockerfileNamesNoRegistry(t *testing.T) {
	for _, path := range []string{"Dockerfile", "requirements.txt", "../kernel/internal/lab/requirements.txt"} {
		if address := regexp.MustCompile(`https?://\S+`).Find(read(t, path)); address != nil {
			t.Errorf("%s names %s: leave the address to the package manager's own settings", path, address)
		}
	}
}

// Cells are compiled with the settings of the image, or everything is compiled anew.
func TestBothStagesCompileAlike(t *testing.T) {
	settings := regexp.MustCompile(`GOPATH=\S+ GOCACHE=\S+ GOTOOLCHAIN=\S+ GOEXPERIMENT=\S+ GOFLAGS=\S+`).
		FindAllString(string(read(t, "Dockerfile")), -1)
	if len(settings) != 2 || settings[0] != settings[1] {
		t.Errorf("the Dockerfile compiles with %q, two equal settings were expected", settings)
	}
}

func TestComposeMountsWhatTheImageHas(t *testing.T) {
	dockerfile := string(read(t, "Dockerfile"))
	workdir := find(t, "Dockerfile", `(?m)^WORKDIR (/srv/\S+)$`)
	home := strings.ReplaceAll(find(t, "Dockerfile", ` HOME=(\S+)`), "${NB_USER}", find(t, "Dockerfile", `(?m)^ARG NB_USER=(\S+)$`))
	mounts := regexp.MustCompile(`(?m)^ {6}- (\S+):(/\S+)$`).FindAllStringSubmatch(string(read(t, "../compose.yaml")), -1)
	if len(mounts) != 3 {
		t.Fatalf("compose.yaml mounts %q, three were expected", mounts)
	}
	for i, want := range []string{workdir + "/notebooks", workdir + "/runs", home} {
		if mounts[i][2] != want {
			t.Errorf("compose.yaml mounts %s at %s, the image has it at %s", mounts[i][1], mounts[i][2], want)
		}
	}
	if port := find(t, "../compose.yaml", `"127\.0\.0\.1:8888:(\d+)"`); !strings.Contains(dockerfile, "EXPOSE "+port+"\n") {
		t.Errorf("compose.yaml publishes port %s, which the Dockerfile does not expose", port)
	}
}
