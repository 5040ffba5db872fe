// Package enginetest starts engines for tests: a real daemon with a real control
// plane, spoken to over its socket, as the tutor does. A test binary whose TestMain
// calls [Main] is the kubelab that its tests start; [New] makes an engine, which is
// gone without a trace when its test ends.
//
// Its own tests are those of a control plane without nodes, of labs, and the
// journeys, which go through the whole product in a terminal. Package
// enginetest/nodes has those with nodes. These two are the only test binaries that
// link all of the engine: each takes 25 s and 3 GB to link.
package enginetest
