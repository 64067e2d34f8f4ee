package jupyter

import (
	"time"

	"github.com/go-zeromq/zmq4"
)

// heartbeat is the pause between an answered ping and the next.
const heartbeat = 3 * time.Second

// watchHeart pings the kernel from now on. The returned channel is closed if a ping has no
// answer within the limit. It is not closed at the end of the connection, since the process's
// end is detected separately.
func (c *client) watchHeart(limit time.Duration) <-chan struct{} {
	silent := make(chan struct{})
	beats := make(chan struct{})
	go func() {
		defer close(beats)
		for {
			if err := c.heart.Send(zmq4.NewMsgString("ping")); err != nil {
				return
			}
			if _, err := c.heart.Recv(); err != nil {
				return
			}
			beats <- struct{}{}
			time.Sleep(min(heartbeat, limit/4))
		}
	}()
	go func() {
		late := time.NewTimer(limit)
		defer late.Stop()
		for {
			select {
			case _, alive := <-beats:
				if !alive {
					return
				}
				late.Reset(limit)
			case <-late.C:
				close(silent)
				for range beats { // until the connection is closed
				}
				return
			}
		}
	}()
	return silent
}
