package certificate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Options of a verification.
type Options struct {
	// Data and Model are other places of the run's data and model; default: those of the experiment.
	// Nothing is downloaded.
	Data, Model string
	// Digest is the digest that the certificate must have; "" for any.
	Digest string
	// Predict is the number of test examples whose predictions are computed again from the trained
	// weights, drawn by Seed; -1 means all. Default 0: none.
	Predict int
	Seed    int64 // default 1
	// Bound is the largest accepted difference of an output from the certified one, on another
	// engine, processor, number of cores or version; see [DefaultBound]. Default 0: DefaultBound.
	Bound float64

	Progress progress.Progress // default Nop
	Backend  compute.Backend   // default: the best engine of this machine
}

// validate refuses options without a meaning, and sets the defaults.
func (o *Options) validate() error {
	switch {
	case o.Predict < -1:
		return fmt.Errorf("verify: the number of predictions is %d, expected at least 1, -1 for all, or 0 for none", o.Predict)
	case !(o.Bound >= 0):
		return fmt.Errorf("verify: the bound is %v, expected more than 0, or 0 for the default", o.Bound)
	case o.Digest != "" && !digestForm.MatchString(o.Digest):
		return fmt.Errorf("verify: the digest is %q, expected sha256: and 64 hexadecimal digits, as certify prints it", o.Digest)
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Progress == nil {
		o.Progress = progress.Nop
	}
	return nil
}

// Verify compares a run folder with its certificate and changes nothing. The report lists every
// check; [Report.Err] is an error if something differs. The error of Verify is that of [Read], of
// invalid options, or of ctx.
func Verify(ctx context.Context, dir string, o Options) (*Report, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	c, sum, err := Read(filepath.Join(dir, runfolder.CertificateFile))
	if err != nil {
		return nil, err
	}
	v := &verification{Report: &Report{Run: dir, Digest: sum, Certificate: c}, options: o, dir: dir}
	if o.Digest != "" {
		v.compare("digest of the certificate", o.Digest, sum, "this is not the certificate with the stated digest")
	}
	v.files()
	r, err := finetune.OpenFinished(dir, finetune.Places{Data: o.Data, Model: o.Model}, finetune.Options{Progress: o.Progress, Backend: o.Backend})
	if err != nil {
		v.differs("experiment", "a run that this version of lorabook opens", err.Error(), "experiment, inputs, metrics, data, model and predictions were not compared")
		return v.Report, nil
	}
	v.run = r
	v.record()
	for _, step := range []func(context.Context){v.metrics, v.data, v.model, v.predictions} {
		if step(ctx); ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return v.Report, nil
}

type verification struct {
	*Report
	options  Options
	dir      string
	run      *finetune.Run
	measured *measured // nil if the predictions cannot be read

	dataAgree, modelAgree bool
}

// files compares the digest of each file.
func (v *verification) files() {
	present, err := listFiles(v.dir)
	if err != nil {
		v.differs("files of the run folder", "regular files", err.Error(), "a link can lead to other content at any time")
	}
	names := slices.Sorted(maps.Keys(v.Certificate.Files))
	for _, within := range names {
		expected := v.Certificate.Files[within]
		found, err := fileDigest(v.dir, within)
		switch {
		case errors.Is(err, fs.ErrNotExist) && mayBeMissing(within):
			v.unchecked(within, "the file is not in the run folder; the results do not need it")
		case errors.Is(err, fs.ErrNotExist):
			v.differs(within, expected, "no such file", "the file is missing: nothing can be computed from it")
		case err != nil:
			v.differs(within, expected, err.Error(), "the file cannot be read")
		default:
			v.compare(within, expected, found, meaningOf(within))
		}
	}
	for _, within := range present {
		if _, known := v.Certificate.Files[within]; !known {
			v.differs(within, "no such file", "a file", "the file was added after the run was certified, and can change what the trained weights compute")
		}
	}
}

// record compares what the folder and the certificate state about the run.
func (v *verification) record() {
	folder, c := v.run.Folder, v.Certificate
	name := "experiment: the whole configuration"
	var changed *runfolder.ChangedError
	switch err := folder.Same(c.Experiment); {
	case err == nil:
		v.agrees("", "%s", name)
	case errors.As(err, &changed):
		for _, change := range changed.Changes {
			v.differs("experiment."+change.Path, change.Now, change.Folder, "the run has another configuration than the certified one")
		}
	default:
		v.differs(name, "the certified one", err.Error(), "the experiment of the certificate cannot be compared")
	}
	v.same(environmentName(c), "the environment of the run", c.Environment, folder.Environment())
	v.same("recorded digests of the inputs", "the recorded inputs", c.Inputs, folder.Inputs())
	v.same("inputs recorded at the start of the run", "the time of their recording", c.InputsLate, folder.InputsLate())
	if found, err := splitsOf(folder); err != nil {
		v.differs("recorded draw of the examples", "the certified splits", err.Error(), "the draw of the examples is not known")
	} else {
		v.same("recorded draw of the examples", "the recorded splits", c.Splits, found)
	}
}

// environmentName states the code, the engine and the processor of the run.
func environmentName(c *Certificate) string {
	e := c.Environment
	code := "of an unknown revision, since the program was built without one"
	revision, at := e.Revision, "at"
	if revision == "" {
		revision, at = e.SourceRevision, "from a folder at"
	}
	clean, changed := strings.CutSuffix(revision, "+changes")
	switch version := e.Modules[modulePath]; {
	case changed:
		code = fmt.Sprintf("%s revision %s with uncommitted changes", at, clean)
	case revision != "":
		code = fmt.Sprintf("%s revision %s", at, revision)
	case version != "" && version != "(devel)":
		code = version
	}
	engine, _, _ := strings.Cut(e.Engine, " (")
	return fmt.Sprintf("environment: lorabook %s, %s, engine %s, %s, %s with %d cores", code, e.Go, engine, e.Platform, e.CPU, e.Cores)
}

const modulePath = "github.com/lorabook/lorabook"

// same adds a check of two values by their JSON forms.
func (v *verification) same(name, what string, expected, found any) {
	there, err := compareJSON(expected, found)
	if err == nil && len(there) == 0 {
		there, err = compareJSON(found, expected)
	}
	switch {
	case err != nil:
		v.differs(name, jsonText(expected), err.Error(), what+" cannot be compared")
	case len(there) > 0:
		v.differs(name, jsonText(expected), jsonText(found), what+" differ: "+there[0])
	default:
		v.agrees("", "%s", name)
	}
}

// metrics computes the metrics again from the predictions.
func (v *verification) metrics(ctx context.Context) {
	name := "metrics, computed again from the predictions"
	m, err := measure(ctx, v.run)
	if err != nil { // certify refuses such predictions
		v.differs(name, resultText(v.Certificate.Results), err.Error(), "the certified metrics do not follow from the predictions")
		return
	}
	v.measured = m
	v.same(name+": "+resultText(m.Results), "the metrics", v.Certificate.Results, m.Results)
	var report finetune.Report
	if err := v.run.Folder.Read(runfolder.ReportFile, &report); err != nil {
		v.differs("report and cost", "the certified ones", err.Error(), "the report cannot be read")
		return
	}
	if err := m.follow(&report); err != nil {
		v.differs("report.json, computed again from the predictions", "the same numbers", err.Error(), "the report does not follow from the predictions")
	} else {
		v.agrees("", "report.json, computed again from the predictions")
	}
	v.same("cost of the training", "the cost", v.Certificate.Cost, costOf(&report))
}

// resultText is the main metric before and after.
func resultText(r Results) string {
	if r.After == nil {
		return fmt.Sprintf("%s examples", numerals.Count(r.Examples))
	}
	text := fmt.Sprintf("%s %s", r.After.Metric, numerals.Metric(r.After.Value))
	if i := r.After.Interval; i != nil {
		text += i.Brackets(numerals.Metric)
	}
	return text + fmt.Sprintf(" on %s test examples", numerals.Count(r.Examples))
}

// data compares the data, the draw of the examples and their answers.
func (v *verification) data(ctx context.Context) {
	in := v.run.Inputs()[0]
	if v.dataAgree = v.input(ctx, in, "--data", "data at another place"); !v.dataAgree {
		v.unchecked("draw of the examples, and their answers in the predictions", "the data were not compared or differ")
		return
	}
	examples, err := v.run.Examples(ctx)
	if err != nil {
		v.dataAgree = false
		v.differs("draw of the examples", "the recorded examples", err.Error(), "the recorded examples are not those that the experiment draws from the data")
		return
	}
	drawn := v.run.Experiment.Data.Record(examples, v.run.Experiment.Seed)
	for _, s := range []struct {
		name     string
		expected Split
		found    splits.Split
	}{{"training", v.Certificate.Splits.Train, drawn.Train}, {"validation", v.Certificate.Splits.Validation, drawn.Validation}, {"test", v.Certificate.Splits.Test, drawn.Test}} {
		found := Split{s.found.Examples, s.found.Digest}
		v.same(fmt.Sprintf("draw of the %s %s examples", numerals.Count(s.expected.Examples), s.name), "the examples", s.expected, found)
	}
	if v.measured == nil {
		v.unchecked("answers of the test examples in the predictions", "the predictions cannot be read")
		return
	}
	if reason := answersDiffer(v.measured.predictions, examples.Test); reason != "" {
		v.differs("answers of the test examples in the predictions", "the ids and answers of the data", reason, "the metrics are not those of the certified data")
		return
	}
	v.agrees("", "answers of the test examples in the predictions")
}

// model compares the files of the model.
func (v *verification) model(ctx context.Context) {
	v.modelAgree = v.input(ctx, v.run.Inputs()[1], "--model", "model at another place")
}

// input compares the digests of an input's parts, and reports whether all agree.
func (v *verification) input(ctx context.Context, in runfolder.Input, flag, what string) bool {
	expected := v.Certificate.Inputs[in.Name]
	if _, _, err := in.Find(); err != nil {
		reason := err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			reason = fmt.Sprintf("%s is not on this machine; %s names the %s, and nothing is downloaded", in.What, flag, what)
		}
		v.unchecked(in.What, reason)
		return false
	}
	found, err := in.Digests(ctx)
	if err != nil {
		v.unchecked(in.What, "it cannot be read: "+err.Error())
		return false
	}
	all := maps.Clone(expected)
	maps.Copy(all, found)
	agree := true
	for _, part := range slices.Sorted(maps.Keys(all)) {
		name := fmt.Sprintf("%s: %s", in.What, in.Part(part))
		agree = agree && expected[part] == found[part]
		v.compare(name, orNone(expected[part]), orNone(found[part]), "the run was computed from other content")
	}
	return agree
}

func orNone(digest string) string {
	if digest == "" {
		return "none"
	}
	return digest
}
