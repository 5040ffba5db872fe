package resolver

import (
	"errors"
	"net"
)

// Failure is why a name was not resolved, as getaddrinfo(3) tells it.
type Failure int

// The ways to fail.
const (
	NotFound Failure = iota + 1 // EAI_NONAME: there is no such name
	NoData                      // EAI_NODATA: there is, without an address
	Again                       // EAI_AGAIN: a server failed, or none answered
	Fatal                       // EAI_FAIL: a server refused
)

// Error is what gai_strerror(3) of the GNU C library says.
func (f Failure) Error() string {
	switch f {
	case NotFound:
		return "Name or service not known"
	case NoData:
		return "No address associated with hostname"
	case Again:
		return "Temporary failure in name resolution"
	default:
		return "Non-recoverable failure in name resolution"
	}
}

// Musl is what gai_strerror(3) of musl says.
func (f Failure) Musl() string {
	switch f {
	case NotFound:
		return "Name does not resolve"
	case NoData:
		return "Name has no usable address"
	case Again:
		return "Try again"
	default:
		return "Non-recoverable error"
	}
}

// Why is the failure in an error of Lookup; 0 if it is of another kind.
func Why(err error) Failure {
	f, _ := errors.AsType[Failure](err)
	return f
}

// failed is the error of a lookup: what package net would return, so that it reads
// as in programs written in Go, around the failure that C programs see.
func failed(name, server string, why Failure, cause error) error {
	e := &net.DNSError{UnwrapErr: why, Name: name, Server: server}
	switch why {
	case NotFound, NoData:
		e.Err, e.IsNotFound = "no such host", true
		return e
	case Again, Fatal:
	}
	e.Err, e.IsTemporary = "server misbehaving", true
	if cause != nil {
		var timeout net.Error
		e.Err, e.IsTimeout = cause.Error(), errors.As(cause, &timeout) && timeout.Timeout()
	}
	return e
}
