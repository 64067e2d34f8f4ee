package natsretry

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// Names returns the names of the streams with a subject, without their prefix and sorted.
func Names(ctx context.Context, js jetstream.JetStream, subject, prefix string) ([]string, error) {
	names, err := Do(ctx, func(ctx context.Context) (names []string, err error) {
		list := js.StreamNames(ctx, jetstream.WithStreamListSubject(subject))
		for name := range list.Name() {
			names = append(names, strings.TrimPrefix(name, prefix))
		}
		return names, list.Err()
	})
	slices.Sort(names)
	return names, err
}

// Messages returns the number of messages in a stream, those that workers have included.
func Messages(ctx context.Context, stream jetstream.Stream) (uint64, error) {
	info, err := Do(ctx, func(ctx context.Context) (*jetstream.StreamInfo, error) { return stream.Info(ctx) })
	if err != nil {
		return 0, err
	}
	return info.State.Msgs, nil
}

// DeleteAll calls every one of the functions, each of which deletes a part of some work. Parts that are
// not on the server any more are no error.
func DeleteAll(ctx context.Context, parts ...func(context.Context) error) error {
	var all error
	for _, remove := range parts {
		if _, err := Do(ctx, func(ctx context.Context) (any, error) { return nil, remove(ctx) }); err != nil && !errors.Is(err, ErrGone) {
			all = errors.Join(all, err)
		}
	}
	return all
}
