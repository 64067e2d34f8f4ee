package install

import (
	"context"
	"errors"

	"github.com/lorabook/lorabook/kernel/internal/report"
	"github.com/lorabook/lorabook/pkg/chart/echarts"
)

// installECharts fetches the library that makes charts interactive. Without it charts are
// static pictures, so a failed download is printed and is not an error.
func installECharts(ctx context.Context, o Options, progress *report.Reporter) error {
	const name = "ECharts"
	path, err := echarts.Path()
	if err != nil {
		progress.Line(name, "warning: "+err.Error())
		return nil
	}
	_, err = echarts.Library()
	if err == nil {
		progress.Line(name, echarts.Version+" already there: "+path)
		return nil
	}
	if o.Headless {
		progress.Line(name, "left out: "+chartsStatic+"; "+adds)
		return nil
	}
	if !errors.Is(err, echarts.ErrNoLibrary) {
		progress.Line(name, "replacing a damaged file: "+err.Error())
	}
	step := progress.Start(name, "fetching "+echarts.Version, -1)
	path, err = echarts.Fetch(ctx)
	if err == nil {
		step.Done(echarts.Version + " fetched: " + path)
		return nil
	}
	step.Stop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	progress.Line(name, "warning: not there, so "+chartsStatic+"\n"+err.Error())
	return nil
}

const chartsStatic = "charts are pictures without hover and zoom"
