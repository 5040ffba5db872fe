package server

import (
	"context"
	"net/http"
	"os"
	"time"

	"kubetutor/internal/lab/protocol"
)

// verbs maps the protocol's verbs to what does them.
func (s *Server) verbs() http.Handler {
	mux := http.NewServeMux()
	on := func(verb string, h http.HandlerFunc) { mux.HandleFunc(protocol.Prefix+verb, h) }

	on(protocol.VerbHello, answer(s.hello))
	on(protocol.VerbClusterUp, stream(writeLimit, progressError, s.clusterUp))
	on(protocol.VerbClusterSleep, answer(s.clusterSleep))
	on(protocol.VerbClusterDown, answer(s.clusterDown))
	on(protocol.VerbClusterStatus, answer(s.clusterStatus))
	on(protocol.VerbLabStart, stream(writeLimit, progressError, s.labStart))
	on(protocol.VerbLabReset, stream(writeLimit, progressError, s.labReset))
	on(protocol.VerbLabStop, answer(s.labStop))
	on(protocol.VerbLabVerdicts, stream(writeLimit, verdictsError, s.verdicts))
	on(protocol.VerbJudge, answer(s.judge))
	on(protocol.VerbProve, stream(writeLimit, proofError, s.prove))
	on(protocol.VerbFileGet, answer(s.fileGet))
	on(protocol.VerbFilePut, answer(s.filePut))
	s.consoleVerbs(on)
	s.siteVerbs(on)
	mux.HandleFunc("/", noVerb)
	return mux
}

// consoleVerbs passes the console's verbs on to it.
func (s *Server) consoleVerbs(on func(string, http.HandlerFunc)) {
	c := s.console
	on(protocol.VerbConsoleOpen, answer(whileUp(s, c.Open)))
	on(protocol.VerbConsoleRun, stream(0, outputError, s.consoleRun))
	on(protocol.VerbConsoleInput, answer(empty(c.Input)))
	on(protocol.VerbConsoleSignal, answer(empty(c.Signal)))
	on(protocol.VerbConsoleResize, answer(empty(c.Resize)))
	on(protocol.VerbConsoleEdited, answer(empty(c.Edited)))
	on(protocol.VerbConsoleComplete, answer(whileUp(s, c.Complete)))
	on(protocol.VerbConsoleClose, answer(empty(c.CloseConsole)))
}

// empty gives a verb without an answer the empty one.
func empty[Req any](do func(context.Context, Req) error) func(context.Context, Req) (protocol.Empty, error) {
	return func(ctx context.Context, req Req) (protocol.Empty, error) {
		return protocol.Empty{}, do(ctx, req)
	}
}

// whileUp refuses a verb that makes no sense without a cluster, and ends it with
// the cluster.
func whileUp[Req, Ans any](s *Server, do func(context.Context, Req) (Ans, error)) func(context.Context, Req) (Ans, error) {
	return func(ctx context.Context, req Req) (ans Ans, err error) {
		sess, err := s.machine.current()
		if err != nil {
			return ans, err
		}
		ctx, cancel := whileBoth(ctx, sess.ctx)
		defer cancel()
		return do(ctx, req)
	}
}

func progressError(e *protocol.Error) protocol.Progress { return protocol.Progress{Error: e} }
func verdictsError(e *protocol.Error) protocol.Verdicts { return protocol.Verdicts{Error: e} }
func outputError(e *protocol.Error) protocol.Output     { return protocol.Output{Error: e} }
func proofError(e *protocol.Error) protocol.ProofStep   { return protocol.ProofStep{Error: e} }

func (s *Server) hello(context.Context, protocol.Empty) (protocol.Hello, error) {
	return protocol.Hello{
		Protocol: protocol.Version, Engine: s.id, Kubernetes: s.backend.Version(),
		Cluster: s.home.Name, PID: os.Getpid(), Started: s.started,
	}, nil
}

func (s *Server) clusterUp(ctx context.Context, req protocol.Up, send func(protocol.Progress) error) error {
	if err := checkProfile(req.Profile); err != nil {
		return err
	}
	stage := func(st protocol.Stage) error { return send(protocol.Progress{Stage: &st}) }
	if err := s.machine.bringUp(ctx, req.Profile, stage); err != nil {
		return err
	}
	sess, err := s.machine.current()
	if err != nil {
		return err
	}
	if err := s.runner.use(ctx, sess, req.Profile, func(st protocol.Stage) { _ = stage(st) }); err != nil {
		return s.withLog(err)
	}
	st := s.status()
	return send(protocol.Progress{Status: &st})
}

// clusterSleep takes the socket away first: a client that comes now starts a new
// daemon, which waits for our lock.
func (s *Server) clusterSleep(ctx context.Context, _ protocol.Empty) (protocol.Status, error) {
	return s.leaveBy(ctx, s.machine.sleep, stopLimit)
}

func (s *Server) clusterDown(ctx context.Context, _ protocol.Empty) (protocol.Status, error) {
	return s.leaveBy(ctx, s.machine.down, stopLimit+layOutLimit) // a namespace of a foreign cluster goes slowly
}

// leaveBy ends the cluster in one way, then the daemon. It goes on without the
// client: half an end helps nobody.
func (s *Server) leaveBy(ctx context.Context, way func(context.Context) error, limit time.Duration) (protocol.Status, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	defer s.end()
	s.closeFn()
	if err := s.console.Close(); err != nil {
		s.log.Error("closing the console", "error", err)
	}
	if err := way(ctx); err != nil {
		return protocol.Status{}, err
	}
	st := s.machine.status()
	st.PID, st.Memory = 0, 0
	return st, nil
}

func (s *Server) clusterStatus(context.Context, protocol.Empty) (protocol.Status, error) {
	return s.status(), nil
}

func (s *Server) status() protocol.Status {
	st := s.machine.status()
	pids := []int{os.Getpid()}
	if at, err := s.site(); err == nil {
		pids = append(pids, at.Processes()...)
	}
	st.Memory = memoryOfTrees(pids...)
	return st
}

func (s *Server) labStart(ctx context.Context, req protocol.StartLab, send func(protocol.Progress) error) error {
	return s.attempt(send, func(sess *session, stage func(protocol.Stage)) (*protocol.Attempt, error) {
		return s.runner.start(ctx, sess, req, stage)
	})
}

func (s *Server) labReset(ctx context.Context, _ protocol.Empty, send func(protocol.Progress) error) error {
	return s.attempt(send, func(sess *session, stage func(protocol.Stage)) (*protocol.Attempt, error) {
		return s.runner.again(ctx, sess, stage)
	})
}

// attempt runs what begins an attempt, on the cluster that is up.
func (s *Server) attempt(send func(protocol.Progress) error, begin func(*session, func(protocol.Stage)) (*protocol.Attempt, error)) error {
	sess, err := s.machine.current()
	if err != nil {
		return err
	}
	a, err := begin(sess, func(st protocol.Stage) { _ = send(protocol.Progress{Stage: &st}) })
	if err != nil {
		return s.withLog(err)
	}
	return send(protocol.Progress{Attempt: a})
}

// withLog adds the log's end to an error that is not the caller's fault.
func (s *Server) withLog(err error) error {
	e := *asError(err)
	if e.Code == protocol.CodeInternal && len(e.Log) == 0 {
		e.Log = lastLines(s.home.LogFile(), 20)
	}
	return &e
}

func (s *Server) labStop(ctx context.Context, _ protocol.Empty) (protocol.Empty, error) {
	sess, err := s.machine.current()
	if err != nil {
		return protocol.Empty{}, err
	}
	return protocol.Empty{}, s.runner.stop(ctx, sess)
}

func (s *Server) verdicts(ctx context.Context, req protocol.Since, send func(protocol.Verdicts) error) error {
	return s.runner.hub.follow(ctx, req, send)
}

func (s *Server) consoleRun(ctx context.Context, req protocol.RunLine, send func(protocol.Output) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return s.console.Run(ctx, req, func(o protocol.Output) {
		if send(o) != nil {
			cancel() // nobody reads any more
		}
	})
}

// judge compiles expressions without a cluster; for the rest it needs one.
func (s *Server) judge(ctx context.Context, req protocol.Judge) (protocol.Judgement, error) {
	if req.Compile {
		return s.rules.Compile(req), nil
	}
	sess, err := s.machine.current()
	if err != nil {
		return protocol.Judgement{}, err
	}
	ctx, cancel := whileBoth(ctx, sess.ctx)
	defer cancel()
	return sess.cluster.Judge(ctx, req)
}

func (s *Server) prove(ctx context.Context, req protocol.Prove, send func(protocol.ProofStep) error) error {
	sess, err := s.machine.current()
	if err != nil {
		return err
	}
	return s.runner.prove(ctx, sess, req, send)
}

func (s *Server) fileGet(_ context.Context, req protocol.FileName) (protocol.File, error) {
	data, err := s.runner.workspace.get(req.Path)
	return protocol.File{Path: req.Path, Data: data}, err
}

func (s *Server) filePut(_ context.Context, req protocol.File) (protocol.Empty, error) {
	return protocol.Empty{}, s.runner.workspace.put(req.Path, req.Data)
}
