// Package loadtest measures a classification service over HTTP under load: requests at random times
// (open loop), or of clients that wait for their answers (closed loop).
package loadtest
