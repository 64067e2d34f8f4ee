// Package hub brings files of a Hugging Face repository to this machine, into
// the cache that Python's huggingface_hub and go-huggingface share.
//
// What the cache already holds is used as it is, without asking the network;
// only what is missing is downloaded, each file locked against a second
// process, taken up where an earlier download broke off, checked against the
// hash that the hub states (SHA-256 in large file storage, Git's SHA-1 of the
// others), and made visible whole or not at all.
//
// Of go-huggingface this package takes the description's types and the cache's
// default place. Its downloads take a broken connection for the end of a file,
// begin anew each time, check nothing, and remove the lock that others wait at.
//
// The environment is huggingface_hub's:
//
//	HF_HUB_CACHE    the cache itself
//	HF_HOME         the folder above it, used as $HF_HOME/hub
//	HF_ENDPOINT     the server, by default the public hub
//	HF_TOKEN        sent as a bearer token, for private and gated repositories
//	HF_HUB_OFFLINE  1, ON, YES or TRUE: never touch the network
package hub
