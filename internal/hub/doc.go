// Package hub brings files of a Hugging Face repository to this machine, into
// the cache that Python's huggingface_hub and go-huggingface share.
//
// What the cache already holds is used as it is, without asking the network;
// only what is missing is downloaded, each file locked against a second
// process, checked against the size and the SHA-256 that the hub states, and
// made visible whole or not at all.
//
// The environment is huggingface_hub's:
//
//	HF_HUB_CACHE    the cache itself
//	HF_HOME         the folder above it, used as $HF_HOME/hub
//	HF_ENDPOINT     the server, by default the public hub
//	HF_TOKEN        sent as a bearer token, for private and gated repositories
//	HF_HUB_OFFLINE  1, ON, YES or TRUE: never touch the network
package hub
