package sh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"kubetutor/internal/engine/image/shell/tool"
)

// redirect opens redirections, in order. undo puts back what was there before;
// it is safe to call once, also after an error.
func (s *shell) redirect(redirs []*syntax.Redirect) (undo func(), err error) {
	if len(redirs) == 0 {
		return func() {}, nil
	}
	saved := s.fds.dup()
	undo = func() {
		now := s.fds
		s.fds = saved
		now.close()
	}
	for _, r := range redirs {
		if err := s.redirectOne(r); err != nil {
			return undo, err
		}
	}
	return undo, nil
}

func (s *shell) redirectOne(r *syntax.Redirect) error {
	switch r.Op {
	case syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		return s.hereDocument(r)
	case syntax.DplIn, syntax.DplOut:
		return s.duplicate(r)
	}
	name, err := expand.Literal(s.config(), r.Word)
	if err != nil {
		return err
	}
	file, err := s.openFor(r.Op, name)
	if err != nil {
		return err
	}
	d := opened(file)
	if r.Op == syntax.RdrAll || r.Op == syntax.AppAll {
		s.fds.put(2, d.dup())
	}
	s.fds.put(fdOf(r), d)
	return nil
}

// fdOf is the descriptor that a redirection changes.
func fdOf(r *syntax.Redirect) int {
	if r.N != nil {
		if n, err := strconv.Atoi(r.N.Value); err == nil {
			return n
		}
	}
	switch r.Op {
	case syntax.RdrIn, syntax.RdrInOut, syntax.DplIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc:
		return 0
	}
	return 1
}

// openFor opens the file of a redirection.
func (s *shell) openFor(op syntax.RedirOperator, name string) (any, error) {
	const create = os.O_WRONLY | os.O_CREATE
	flag := create | os.O_TRUNC
	switch op {
	case syntax.RdrIn:
		flag = os.O_RDONLY
	case syntax.RdrInOut:
		flag = os.O_RDWR | os.O_CREATE
	case syntax.AppOut, syntax.AppAll:
		flag = create | os.O_APPEND
	case syntax.RdrOut:
		if info, err := s.p.FS().Stat(name); s.opts.noclobber && err == nil && info.Mode().IsRegular() {
			return nil, fmt.Errorf("can't create %s: File exists", name)
		}
	}
	file, err := s.p.FS().OpenFile(name, flag, 0o666)
	if err == nil {
		return file, nil
	}
	return nil, openError(flag, name, err)
}

// openError is the error of a redirection in ash's words.
func openError(flag int, name string, err error) error {
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case flag&os.O_CREATE == 0 && missing:
		return fmt.Errorf("can't open %s: no such file", name)
	case flag&os.O_CREATE == 0:
		return fmt.Errorf("can't open %s: %s", name, tool.Reason(err))
	case missing:
		return fmt.Errorf("can't create %s: nonexistent directory", name)
	}
	return fmt.Errorf("can't create %s: %s", name, tool.Reason(err))
}

// duplicate is "2>&1", "<&3" and "3>&-".
func (s *shell) duplicate(r *syntax.Redirect) error {
	target, err := expand.Literal(s.config(), r.Word)
	if err != nil {
		return err
	}
	fd := fdOf(r)
	if target == "-" {
		s.fds.put(fd, borrowed(closedFile{}))
		return nil
	}
	from, err := strconv.Atoi(strings.TrimSuffix(target, "-"))
	if err != nil {
		return s.bothTo(r, target)
	}
	d, ok := s.fds[from]
	if _, closed := d.file.(closedFile); !ok || closed {
		return fmt.Errorf("%d: %s", from, tool.Reason(syscall.EBADF))
	}
	if from != fd {
		s.fds.put(fd, d.dup())
	}
	return nil
}

// bothTo is ">& FILE", a way to write "> FILE 2>&1".
func (s *shell) bothTo(r *syntax.Redirect, name string) error {
	if r.Op != syntax.DplOut || r.N != nil {
		return fmt.Errorf("syntax error: bad fd number")
	}
	file, err := s.openFor(syntax.RdrAll, name)
	if err != nil {
		return err
	}
	d := opened(file)
	s.fds.put(2, d.dup())
	s.fds.put(1, d)
	return nil
}

func (s *shell) hereDocument(r *syntax.Redirect) error {
	text, err := s.hereText(r)
	if err != nil {
		return err
	}
	s.fds.put(fdOf(r), opened(&document{text: text}))
	return nil
}

func (s *shell) hereText(r *syntax.Redirect) (string, error) {
	switch r.Op {
	case syntax.WordHdoc:
		text, err := expand.Literal(s.config(), r.Word)
		return text + "\n", err
	}
	if r.Hdoc == nil { // an empty one
		return "", nil
	}
	doc := r.Hdoc
	if r.Op == syntax.DashHdoc {
		doc = withoutTabs(doc)
	}
	if lit := doc.Lit(); quoted(r.Word) && lit != "" {
		return lit, nil
	}
	return expand.Document(s.config(), doc)
}

// quoted says whether the word that ends a here-document is quoted, which makes
// its text literal.
func quoted(delimiter *syntax.Word) bool {
	for _, part := range delimiter.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok || strings.Contains(lit.Value, "\\") {
			return true
		}
	}
	return false
}

// withoutTabs drops the tabs that begin the lines of a document, as "<<-" asks.
// Tabs that come from an expansion stay.
func withoutTabs(doc *syntax.Word) *syntax.Word {
	out, atStart := &syntax.Word{}, true
	for _, part := range doc.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok {
			out.Parts, atStart = append(out.Parts, part), false
			continue
		}
		lines := strings.SplitAfter(lit.Value, "\n")
		for i, line := range lines {
			if i > 0 || atStart {
				lines[i] = strings.TrimLeft(line, "\t")
			}
		}
		value := strings.Join(lines, "")
		atStart = strings.HasSuffix(lit.Value, "\n")
		out.Parts = append(out.Parts, &syntax.Lit{Value: value})
	}
	return out
}
