package wire

import "strings"

// ClientVersion is how a kubetutor that connects names itself to a server of SSH.
// A server asks such a client by the names below, a question a round, so that it
// can ask its learner in their language; to all others it speaks in sentences.
const ClientVersion = "SSH-2.0-kubetutor"

// FromTutor tells whether a client's version, as the server of SSH has it, is that
// of a kubetutor.
func FromTutor(version string) bool { return strings.HasPrefix(version, ClientVersion) }

// What a server asks of a kubetutor by keyboard-interactive: the prompt of the only
// question of a round.
const (
	PromptCode       = "code"       // the join code
	PromptName       = "name"       // of the learner
	PromptResume     = "resume"     // the resume code of a name that is taken; an empty answer asks the instructor
	PromptInstructor = "instructor" // the instructor code
)

// Refusal is the instruction of a round that tells a kubetutor why it was refused,
// with an error of package class. A round with questions asks again; one with none
// is the last word.
func Refusal(err error) string { return "" }

// Refused is the error that an instruction tells of, nil where it does not.
func Refused(instruction string) error { return nil }
