// Package doctor checks a machine for the requirements of the notebooks and reports missing
// parts with their remedies. It changes nothing and does not reach for the network.
package doctor
