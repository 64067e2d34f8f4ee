// Package doctor looks at a machine and says what notebooks need and find there, what is
// missing, and how to mend it. It changes nothing and does not reach for the network.
package doctor
