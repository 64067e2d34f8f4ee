package progress

// Bytes shows the reading of large files. report, which is for the Progress of a reader of files,
// shows a task in MiB, a new one for each reading, if there are at least least bytes; end ends the
// last one.
func Bytes(p Progress, task string, least int64) (report func(done, total int64), end func()) {
	const mebi = 1 << 20
	var open Task
	last := int64(0)
	end = func() {
		if open != nil {
			open.End()
		}
		open = nil
	}
	report = func(done, total int64) {
		if total < least {
			return
		}
		if done < last {
			end()
		}
		if last = done; open == nil {
			open = p.Begin(task+" (MiB)", int((total+mebi-1)/mebi), 0)
		}
		open.Update(Status{Done: int((done + mebi - 1) / mebi)})
	}
	return report, end
}
