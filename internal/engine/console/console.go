// Package console is the tutor's own command line.
package console
