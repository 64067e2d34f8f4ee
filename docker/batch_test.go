package docker_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// job are the fields of the manifests that these tests know; others are an error.
type job struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   map[string]string `yaml:"metadata"`
	Data       map[string]string `yaml:"data"` // of a ConfigMap
	Spec       struct {
		CompletionMode       string `yaml:"completionMode"`
		Completions          int    `yaml:"completions"`
		Parallelism          int    `yaml:"parallelism"`
		BackoffLimitPerIndex int    `yaml:"backoffLimitPerIndex"`
		PodFailurePolicy     any    `yaml:"podFailurePolicy"`
		Template             struct {
			Spec pod `yaml:"spec"`
		} `yaml:"template"`
	} `yaml:"spec"`
}

type pod struct {
	RestartPolicy                 string         `yaml:"restartPolicy"`
	TerminationGracePeriodSeconds int            `yaml:"terminationGracePeriodSeconds"`
	SecurityContext               map[string]any `yaml:"securityContext"`
	Containers                    []struct {
		Name         string   `yaml:"name"`
		Image        string   `yaml:"image"`
		Args         []string `yaml:"args"`
		Env          []any    `yaml:"env"`
		Resources    any      `yaml:"resources"`
		VolumeMounts []struct {
			Name      string `yaml:"name"`
			MountPath string `yaml:"mountPath"`
			SubPath   string `yaml:"subPath"`
			ReadOnly  bool   `yaml:"readOnly"`
		} `yaml:"volumeMounts"`
	} `yaml:"containers"`
	Volumes []map[string]any `yaml:"volumes"`
}

// manifests reads the documents of a file by their kind.
func manifests(t *testing.T, path string) map[string]job {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(read(t, path)))
	decoder.KnownFields(true)
	all := map[string]job{}
	for {
		var j job
		if err := decoder.Decode(&j); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all[j.Kind] = j
	}
}

// TestKubernetesJobs: the manifests are Indexed Jobs of the image, whose mounts are volumes in folders
// that the image has, and whose commands exist.
func TestKubernetesJobs(t *testing.T) {
	uid := find(t, "Dockerfile", `(?m)^ARG NB_UID=(\d+)$`)
	workdir := find(t, "Dockerfile", `(?m)^WORKDIR (/srv/\S+)$`)
	for _, path := range []string{"kubernetes/workers.yaml", "kubernetes/lines.yaml"} {
		all := manifests(t, path)
		j := all["Job"]
		spec := j.Spec.Template.Spec
		if j.APIVersion != "batch/v1" || j.Spec.CompletionMode != "Indexed" || j.Spec.Completions < 1 || j.Spec.Parallelism < 1 || spec.RestartPolicy != "Never" || j.Spec.BackoffLimitPerIndex < 1 {
			t.Errorf("%s is no Indexed Job whose indices are repeated: %+v", path, j)
		}
		if user := spec.SecurityContext["runAsUser"]; fmt.Sprint(user) != uid || spec.SecurityContext["runAsGroup"] != 0 {
			t.Errorf("%s runs as %v, expected user %s of group 0, as the image", path, spec.SecurityContext, uid)
		}
		volumes := map[string]bool{}
		for _, v := range spec.Volumes {
			volumes[v["name"].(string)] = true
		}
		if len(spec.Containers) != 1 {
			t.Fatalf("%s has %d containers, expected one", path, len(spec.Containers))
		}
		c := spec.Containers[0]
		for _, m := range c.VolumeMounts {
			if !volumes[m.Name] || m.SubPath != "" && m.MountPath != workdir+"/"+m.SubPath {
				t.Errorf("%s mounts %+v, which is no volume or in another folder than the image's", path, m)
			}
		}
		switch c.Args[0] {
		case "lorabook":
			if c.Args[1] != "worker" {
				t.Errorf("%s runs %q, expected a worker", path, c.Args)
			}
		default:
			if info, err := os.Stat(filepath.Join("..", c.Args[0])); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s runs %q, which is no program of the image: %v", path, c.Args, err)
			}
			if lines := strings.Split(strings.TrimSpace(all["ConfigMap"].Data["lines"]), "\n"); len(lines) != j.Spec.Completions {
				t.Errorf("%s has %d lines and %d completions, expected the same", path, len(lines), j.Spec.Completions)
			} else {
				for i, line := range lines {
					runLine(t, lines, i, strings.TrimSpace(line))
				}
			}
		}
	}
}

// runLine wants docker/batch/run-line to call lorabook with the arguments of a line.
func runLine(t *testing.T, lines []string, index int, want string) {
	t.Helper()
	for _, variable := range []string{"JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID"} {
		out, err := batch(t, strings.Join(lines, "\n")+"\n", variable+"="+strconv.Itoa(index))
		if err != nil || !strings.Contains(out, "called with: "+want+"\n") {
			t.Errorf("index %d: %v, %s, expected a call with %s", index, err, out, want)
		}
	}
}

// batch calls run-line with a lorabook that prints its arguments.
func batch(t *testing.T, lines, environment string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"lorabook": "#!/bin/sh\necho called with: \"$@\"\n", "lines": lines} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "batch/run-line", filepath.Join(dir, "lines"))
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), environment}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestRunLineErrors(t *testing.T) {
	for environment, want := range map[string]string{
		"NONE=":                        `the index is ""`,
		"JOB_COMPLETION_INDEX=x":       `the index is "x"`,
		"JOB_COMPLETION_INDEX=2":       "has no line 2",
		"SLURM_ARRAY_TASK_ID=1":        "has no line 1", // an empty one
		"JOB_COMPLETION_INDEX=-1":      `the index is "-1"`,
		"SLURM_ARRAY_TASK_ID=99999999": "has no line 99999999",
	} {
		if out, err := batch(t, "label --in *\n\n", environment); err == nil || !strings.Contains(out, want) || strings.Contains(out, "called") {
			t.Errorf("%s: %v, %s, expected an error with %s", environment, err, out, want)
		}
	}
	if out, err := batch(t, "label --in *\n", "JOB_COMPLETION_INDEX=0"); err != nil || !strings.Contains(out, "called with: label --in *\n") {
		t.Errorf("a pattern must not be replaced by names of files: %v, %s", err, out)
	}
}

// TestSlurmScripts: bash can read the scripts, their options are Slurm's, and the programs in the image
// exist.
func TestSlurmScripts(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	options := regexp.MustCompile(`^#SBATCH --(job-name|array|cpus-per-task|mem|time|requeue|output)(=\S+)?$`)
	for _, path := range []string{"slurm/workers.sbatch", "slurm/lines.sbatch", "batch/run-line"} {
		if out, err := exec.Command(bash, "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", path, err, out)
		}
		text := string(read(t, path))
		ended := false // sbatch reads options up to the first command
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "#SBATCH") && (ended || !options.MatchString(line)) {
				t.Errorf("%s: sbatch does not read %q", path, line)
			}
			ended = ended || line != "" && !strings.HasPrefix(line, "#")
		}
		for _, program := range regexp.MustCompile(`/srv/lorabook/(docker/\S+)`).FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join("..", program[1])); err != nil {
				t.Errorf("%s runs %s: %v", path, program[0], err)
			}
		}
	}
	// A fake apptainer prints what it is asked for.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "apptainer"), []byte("#!/bin/sh\necho \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"slurm/workers.sbatch": "lorabook.sif lorabook worker --nats nats://here:4222 --token-file nats-token --once\n",
		"slurm/lines.sbatch":   "lorabook.sif /srv/lorabook/docker/batch/run-line my-lines\n",
	} {
		cmd := exec.Command(bash, path, "my-lines")
		cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "LORABOOK_NATS=nats://here:4222"}
		if out, err := cmd.CombinedOutput(); err != nil || !strings.HasSuffix(string(out), want) {
			t.Errorf("%s: %v, %s, expected %s", path, err, out, want)
		}
	}
	if out, err := exec.Command(bash, "slurm/workers.sbatch").CombinedOutput(); err == nil || !strings.Contains(string(out), "set it to the URL") {
		t.Errorf("without a URL: %v, %s", err, out)
	}
}
