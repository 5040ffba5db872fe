package class

import (
	"context"
	"io"
	"time"

	"kubetutor/internal/course"
)

// Options are what a Room is held with.
type Options struct {
	Now    func() time.Time // nil: time.Now
	Rand   io.Reader        // nil: crypto/rand
	Course *course.Course   // what the plan's lessons have; nil: nothing is known of them
	Yard   Yard             // nil: there are no labs
	Code   time.Duration    // how long a join code is good; 0: four hours
	Idle   time.Duration    // without progress for so long somebody is stuck; 0: five minutes
	Tries  int              // after so many failed tries somebody is stuck; 0: 3
}

// Room is a class that is being held. All its methods may be called from many
// goroutines; none of them waits for somebody who reads slowly.
type Room struct{}

// Create writes the first event of a class. Its name is checked, its roster must
// have no name twice (see [ReadRoster]), its plan at least one lesson; ID and Began
// are filled in where they are empty. ErrExists: there is one already.
func Create(ctx context.Context, s Store, c Class) error { panic("soon") }

// Open opens a class by folding its events, and reads how far everybody has come.
// ErrNone, ErrNewer. It writes nothing. What others write to the store meanwhile
// (another server, a command on the same machine) it sees within a second.
func Open(ctx context.Context, s Store, o Options) (*Room, error) { panic("soon") }

// Close ends the sessions and looks, and what follows the store. It closes
// neither the Store nor the Yard.
func (r *Room) Close() error { panic("soon") }

// Class is what the instructor has set up.
func (r *Room) Class() Class { panic("soon") }

// Over tells whether the class has been ended.
func (r *Room) Over() bool { panic("soon") }

// Learners lists who has joined, by their names.
func (r *Room) Learners() []Learner { panic("soon") }

// Learner finds somebody who has joined.
func (r *Room) Learner(who LearnerID) (Learner, bool) { panic("soon") }

// Announce says how the class is joined: the line to type and the fingerprint of
// the host key.
func (r *Room) Announce(line, fingerprint string) { panic("soon") }

// Renew makes another join code, good for so long (0: as in Options). The old one
// is no longer, and all counts of wrong tries begin anew.
func (r *Room) Renew(ctx context.Context, by string, good time.Duration) (Join, error) { panic("soon") }

// Join is how the class is joined now. The code is empty before the first Renew.
func (r *Room) Join() Join { panic("soon") }

// Board is the room now.
func (r *Room) Board() Board { panic("soon") }

// Sit gives an instructor a chair. By is their name, as it is to be shown.
func (r *Room) Sit(by string) Chair { panic("soon") }
