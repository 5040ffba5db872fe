// Package check judges labs: declarative checks over the live objects of a
// cluster, the files of a workspace and the requests of the learner, with CEL
// expressions as in a ValidatingAdmissionPolicy.
//
// It has two halves. The pure half makes a rule of each check and judges rules
// on values (rule.go, leaf.go, verdict.go); it needs no cluster. The live half
// keeps those values up to date by watches and judges again after every event
// (session.go); nothing is polled.
//
// # Verdicts
//
// A condition is judged conjunct by conjunct: the first one that does not hold
// gives path, want and have, derived from its form (`path op constant`,
// `constant in path`, has(path), a path alone, each also negated). For any other
// form a check says want itself. An expression without a value, such as one that
// reads a missing field, does not hold; have is then "not set".
//
// A failed condition is waiting, not failed, if every conjunct that does not
// hold reads nothing but status fields of objects that are there, or a field of
// a spec that a controller sets and has not set yet. So is an absence while the
// object is being deleted.
//
// # Time
//
// always and never are judged on each state that the watches show, from the
// moment on that all of them are known; one failure is final for the attempt.
// Of an object that is not there always fails, and never holds. After a gap they
// cannot be judged.
//
// That all checks hold, or one that looks at several objects, is told only once
// it is proven to have been so at one moment (moment.go): several watches show
// one history at different paces. An always or a never with objects of its own
// besides its subject has no such proof.
package check
