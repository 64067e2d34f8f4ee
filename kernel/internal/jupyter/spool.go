package jupyter

import "context"

// spoolLimit is the maximum number of bytes in a spool; a full spool makes the kernel wait.
const spoolLimit = 1 << 30

// spool forwards events in order and buffers them, so that the sockets are always read. A
// kernel on libzmq, such as ipykernel, drops messages without notice when 1,000 of them wait
// for a subscriber. That is the default high-water mark of a PUB socket (zmq_setsockopt(3),
// ZMQ_SNDHWM). GoNB's PUB socket has no such mark: there a spool only moves the queue from the
// kernel's memory to ours.
func spool(life context.Context, in <-chan event, out chan<- event) {
	var queue []event
	size := 0
	for {
		var next event
		from, to := in, chan<- event(nil)
		if len(queue) > 0 {
			next, to = queue[0], out
		}
		if size >= spoolLimit {
			from = nil
		}
		select {
		case e := <-from:
			queue = append(queue, e)
			size += e.size()
		case to <- next:
			queue[0] = event{} // so that the message can be collected
			queue = queue[1:]
			size -= next.size()
		case <-life.Done():
			return
		}
	}
}

// size returns the number of bytes of the event's content.
func (e event) size() int {
	if e.message == nil {
		return 0
	}
	return len(e.message.Content)
}
