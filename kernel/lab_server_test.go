package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/browser"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

const jupyterEnv = "LORABOOK_JUPYTER"

// labMachine lists the programs that these tests use.
type labMachine struct {
	jupyter string // the executable
	browser string // Chromium's
	spec    *jupyter.KernelSpec
}

// needLab finds the programs, or skips the test.
func needLab(t *testing.T) labMachine {
	t.Helper()
	var m labMachine
	var err error
	if m.jupyter = testenv.Get(t, jupyterEnv); m.jupyter == "" {
		t.Skipf("SKIPPED: no notebook was opened in JupyterLab: set %s to the jupyter executable of a Python environment that has the package jupyterlab, such as .venv/bin/jupyter", jupyterEnv)
	}
	if m.jupyter, err = filepath.Abs(m.jupyter); err != nil {
		t.Fatal(err)
	}
	if m.browser = browser.Find(); m.browser == "" {
		t.Skip("SKIPPED: no notebook was opened in JupyterLab: there is no browser; install chromium or google-chrome in the PATH, or set CHROME to its executable")
	}
	m.spec, err = jupyter.FindKernelSpec("gonb")
	if err != nil {
		t.Skipf("SKIPPED: no notebook was opened in JupyterLab: %v; `go run ./kernel install` installs the kernel", err)
	}
	return m
}

// labServer is a running JupyterLab.
type labServer struct {
	address, token string
	root           string // the folder that it serves
	log            string // the file of its log
	end            func() // ends it and its kernels

	dir    string // the folder of one test, in root
	logged int    // the size of the log when the test began
}

// url returns the address of a notebook, by its path in the test's folder, in a new workspace.
func (s *labServer) url(notebook string) string {
	below := strings.TrimPrefix(filepath.ToSlash(s.dir), filepath.ToSlash(s.root))
	return fmt.Sprintf("http://%s/lab/workspaces/%s/tree%s/%s?token=%s", s.address, rand.Text(), below, notebook, s.token)
}

// sharedLab is the JupyterLab of the tests that need no environment of their own: its start takes as
// long as some of them. It is nil before the first of them.
var sharedLab *labServer

// useLab returns the shared JupyterLab with an empty folder, the light theme and no kernel. The
// kernels and the folder of the test end with it.
func useLab(t *testing.T, machine labMachine) *labServer {
	t.Helper()
	if sharedLab == nil {
		dir, err := os.MkdirTemp("", "lorabook-lab-test-")
		if err != nil {
			t.Fatal(err)
		}
		server := launchLab(t, machine, filepath.Join(dir, "home"), filepath.Join(dir, "root"))
		end := server.end
		server.end = func() {
			end()
			_ = os.RemoveAll(dir)
		}
		sharedLab = server
	}
	return sharedLab.begin(t)
}

// endShared ends what tests have shared.
func endShared() {
	if sharedLab != nil {
		sharedLab.end()
	}
	if err := sharedBrowser.End(); err != nil {
		fmt.Fprintln(os.Stderr, "the browser's profile stays:", err)
	}
}

// begin returns the server as one test sees it.
func (s *labServer) begin(t *testing.T) *labServer {
	t.Helper()
	dir, err := os.MkdirTemp(s.root, "test-")
	if err != nil {
		t.Fatal(err)
	}
	mine := *s
	mine.dir, mine.logged = dir, len(readFile(t, s.log))
	t.Cleanup(func() {
		mine.endKernels(t)
		_ = os.RemoveAll(dir)
		if t.Failed() {
			t.Logf("JupyterLab's log:\n%s", mine.logEnd(t))
		}
	})
	mine.useTheme(t, "light")
	return &mine
}

// labHome makes a folder with Jupyter's settings and data, which have the real kernelspec alone,
// and returns the environment for it.
func labHome(t *testing.T, machine labMachine, home string) (env []string) {
	t.Helper()
	for path, text := range map[string][]byte{
		"data/kernels/gonb/kernel.json": specHere(t, machine.spec),
		// The extension opens a dialog about news from the network.
		"config/labconfig/page_config.json": []byte(`{"disabledExtensions":{"@jupyterlab/apputils-extension:announcements":true}}`),
		"runtime/made":                      nil,
		"tmp/made":                          nil,
	} {
		path = filepath.Join(home, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return append(os.Environ(),
		"JUPYTER_DATA_DIR="+filepath.Join(home, "data"), "JUPYTER_CONFIG_DIR="+filepath.Join(home, "config"),
		"JUPYTER_RUNTIME_DIR="+filepath.Join(home, "runtime"), "JUPYTER_CONFIG_PATH=",
		"JUPYTER_PATH="+filepath.Join(home, "data"), // comes before the kernels of jupyter's own environment
		"TMPDIR="+filepath.Join(home, "tmp"),
		"GOMLX_BACKEND=go:parallelism=-1", // a toy is not worth XLA's compilations
	)
}

// startLab starts a JupyterLab of the test's own, with its environment. JupyterLab ends with the
// test.
func startLab(t *testing.T, machine labMachine) *labServer {
	t.Helper()
	s := launchLab(t, machine, t.TempDir(), t.TempDir())
	t.Cleanup(s.end)
	return s.begin(t)
}

// launchLab starts JupyterLab, with its settings and data in home and the real kernelspec, and waits
// until it serves the folder root.
func launchLab(t *testing.T, machine labMachine, home, root string) *labServer {
	t.Helper()
	env := labHome(t, machine, home)
	if err := os.MkdirAll(root, 0o700); err != nil {
		t.Fatal(err)
	}
	s := &labServer{address: freeAddress(t), token: rand.Text(), root: root, log: filepath.Join(home, "log")}
	log, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, machine.jupyter, "lab", "--no-browser", "--allow-root",
		"--ServerApp.ip=127.0.0.1", "--ServerApp.port="+port, "--ServerApp.port_retries=0",
		"--IdentityProvider.token="+s.token, "--ServerApp.root_dir="+root)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // upon which it ends its kernels
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("start JupyterLab, which %s names: %v", jupyterEnv, err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	s.end = func() {
		cancel()
		<-ended
	}
	for deadline := time.Now().Add(3 * time.Minute); ; {
		if response, err := http.Get("http://" + s.address + "/api"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return s
			}
		}
		select {
		case <-ended:
			cancel()
			t.Fatalf("JupyterLab ended before it served; is the package jupyterlab installed beside %s?\n%s", machine.jupyter, s.logEnd(t))
		case <-time.After(300 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			s.end()
			t.Fatalf("JupyterLab did not serve in time:\n%s", s.logEnd(t))
		}
	}
}

// useTheme sets JupyterLab's theme, "light" or "dark", in its settings, for pages that are
// opened afterwards.
func (s *labServer) useTheme(t *testing.T, theme string) {
	t.Helper()
	settings, err := json.Marshal(map[string]string{"raw": fmt.Sprintf(`{"theme": %q}`, map[string]string{"light": "JupyterLab Light", "dark": "JupyterLab Dark"}[theme])})
	if err != nil {
		t.Fatal(err)
	}
	s.request(t, http.MethodPut, "lab/api/settings/@jupyterlab/apputils-extension:themes", settings)
}

// request asks the server to change something.
func (s *labServer) request(t *testing.T, method, path string, body []byte) {
	t.Helper()
	request, err := http.NewRequest(method, fmt.Sprintf("http://%s/%s", s.address, path), bytes.NewReader(body)) // also after the test's end
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "token "+s.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		t.Fatalf("JupyterLab refuses %s %s: %s", method, path, response.Status)
	}
}

// endKernels ends all kernels.
func (s *labServer) endKernels(t *testing.T) {
	t.Helper()
	kernels := s.kernels(t)
	for deadline := time.Now().Add(time.Minute); kernels == nil && time.Now().Before(deadline); kernels = s.kernels(t) {
		time.Sleep(200 * time.Millisecond)
	}
	for _, kernel := range kernels {
		s.request(t, http.MethodDelete, "api/kernels/"+kernel.ID, nil)
	}
}

// labKernel is the server's description of a kernel.
type labKernel struct {
	ID          string `json:"id"`
	State       string `json:"execution_state"`
	Connections int    `json:"connections"`
	Activity    string `json:"last_activity"`
}

// kernels returns the server's kernels, and nil if it is busy, as opposed to none.
func (s *labServer) kernels(t *testing.T) []labKernel {
	t.Helper()
	var kernels []labKernel
	s.list(t, "kernels", &kernels)
	return kernels
}

// list decodes a list of the server's; it leaves it as it is if the server is busy, as with the start
// of a kernel.
func (s *labServer) list(t *testing.T, name string, into any) {
	t.Helper()
	response, err := http.Get(fmt.Sprintf("http://%s/api/%s?token=%s", s.address, name, s.token))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// kernelWaits reports whether the only kernel of the test's notebooks has started, is idle, and has a
// connection to the page. The page itself shows this only after the first cell. A kernel that an earlier
// test's page asked for can start after that test has ended.
func (s *labServer) kernelWaits(t *testing.T) bool {
	t.Helper()
	var sessions []struct {
		Path   string    `json:"path"`
		Kernel labKernel `json:"kernel"`
	}
	s.list(t, "sessions", &sessions)
	var kernels []labKernel
	for _, session := range sessions {
		if strings.HasPrefix(session.Path, filepath.Base(s.dir)+"/") {
			kernels = append(kernels, session.Kernel)
		}
	}
	return len(kernels) == 1 && kernels[0].State == "idle" && kernels[0].Connections > 0
}

// logEnd returns the end of the server's log since the test began, which includes the kernel's,
// without the lines that every save adds.
func (s *labServer) logEnd(t *testing.T) string {
	var kept []string
	for line := range strings.Lines(string(readFile(t, s.log)[s.logged:])) {
		if !strings.Contains(line, "Saving file at") {
			kept = append(kept, line)
		}
	}
	text := strings.Join(kept, "")
	return text[max(0, len(text)-12_000):]
}

// specHere returns the kernelspec as kernel.json with the folder of this module: another copy
// of the module may have installed it.
func specHere(t *testing.T, spec *jupyter.KernelSpec) []byte {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	here := *spec
	here.Argv = slices.Clone(spec.Argv)
	i := slices.IndexFunc(here.Argv, func(a string) bool { return strings.HasPrefix(a, "-go_work=") })
	if i < 0 {
		t.Fatalf("the kernelspec in %s names no -go_work; `go run ./kernel install` writes it", spec.Dir)
	}
	here.Argv[i] = "-go_work=" + root
	text, err := json.Marshal(here)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
