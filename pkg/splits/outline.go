package splits

import (
	"context"

	"github.com/lorabook/lorabook/pkg/data"
)

// Outline opens the data set, with answers of the task, for [Config.ChooseFrom]. It does not hold
// the texts of a large table: see [data.Opener.Outline]. progress, unless nil, is called with the
// numbers of bytes that are read so far and in total, for each reading of the files.
func (d Config) Outline(ctx context.Context, task data.Task, progress func(done, total int64)) (*data.Outline, error) {
	opener := d.opener(task)
	opener.Progress = progress
	return opener.Outline(ctx, d.Source)
}
