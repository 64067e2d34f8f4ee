// Package hub downloads files of Hugging Face repositories to the cache that Python's
// huggingface_hub and go-huggingface share:
//
//	repo := hub.Repo{ID: "google-bert/bert-base-cased"}
//	paths, err := hub.Fetch(ctx, repo, []string{"config.json", "vocab.txt"}, nil)
//
// Cached files are used without network access; only missing files are downloaded. Each file is
// locked against a second process, an interrupted download is continued, and the content is
// verified with the hub's hash (SHA-256 for large file storage, Git's SHA-1 for the others).
// Files appear atomically.
//
// This package uses go-huggingface's types for the description and its default place of the
// cache. go-huggingface's downloads treat a broken connection as the end of a file, start from the
// beginning each time, verify nothing, and remove the lock that other processes wait for.
//
// The environment is huggingface_hub's:
//
//	HF_HUB_CACHE    the cache itself
//	HF_HOME         the folder above it, used as $HF_HOME/hub
//	HF_ENDPOINT     the server, by default the public hub
//	HF_TOKEN        sent as a bearer token, for private and gated repositories
//	HF_HUB_OFFLINE  1, ON, YES or TRUE: no network access
package hub
