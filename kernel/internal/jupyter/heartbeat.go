package jupyter

import (
	"time"

	"github.com/go-zeromq/zmq4"
)

// heartbeat is the pause between an answered ping and the next.
const heartbeat = 3 * time.Second

// watchHeart pings the kernel from now on. The channel it returns is closed when a ping
// stays without an answer for the limit, and never if the connection just ends: that the
// process's end tells.
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
