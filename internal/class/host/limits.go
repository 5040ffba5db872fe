package host

import (
	"reflect"
	"time"
)

// Limits bound what clients can make the server do. They are far above what a
// room of people asks for, and far below what hurts it.
type Limits struct {
	// Arrivals is how many connections a second are looked at, and Burst how many at
	// once after quiet; the same for one address. Others are closed unread.
	Arrivals, ArrivalsEach, Burst, BurstEach int
	// Greeting is how many connections may exchange keys at once, and Handshake how
	// long that may take.
	Greeting, GreetingEach int
	Handshake              time.Duration
	// AtDoor is how many people may compare the host key's fingerprint or be asked who
	// they are at once; they read and type slowly, and a whole room comes at the same
	// time. Answer is how long a question waits,
	// Consent how long an instructor is waited for.
	AtDoor, AtDoorEach int
	Answer, Consent    time.Duration
	// Tries is how many wrong answers a connection has.
	Tries int
	// Sessions is how many sessions there may be, Channels how many a connection may
	// have open, SessionsEach how many a learner, and Begins how many a learner may
	// begin in a minute. Instructors may have and begin eight times as many.
	Sessions, Channels, SessionsEach, Begins int
	// Keys is how many bytes a second may be typed, TypeAhead how many at once, and
	// Paste how long a paste may be; the rest of a longer one is dropped.
	Keys, TypeAhead, Paste int
	// Frames is how often a second a screen is drawn at most.
	Frames int
	// Traffic is how many bytes a second a connection may send in all.
	Traffic int
	// Requests is how many requests a second a connection may make, and Flood how long
	// it may try to make more.
	Requests int
	Flood    time.Duration
	// Lonely is how long a connection may stay after its last session; clients close
	// it themselves.
	Lonely time.Duration
	// Alive is how often a connection is asked for a sign of life; without one for
	// three times as long it is closed. Write is how long a piece of output may take.
	Alive, Write time.Duration
	// Grace is how long the end of the server waits for its sessions.
	Grace time.Duration
}

// DefaultLimits are for a class of up to a hundred people, who may all come from
// the same address.
func DefaultLimits() Limits {
	return Limits{
		Arrivals: 40, ArrivalsEach: 20, Burst: 200, BurstEach: 120,
		Greeting: 48, GreetingEach: 24, Handshake: 10 * time.Second,
		AtDoor: 240, AtDoorEach: 120, Answer: 2 * time.Minute, Consent: 2 * time.Minute,
		Tries:    3,
		Sessions: 240, SessionsEach: 5, Channels: 4, Begins: 30,
		Keys: 1 << 10, TypeAhead: 8 << 10, Paste: 64 << 10,
		Frames:   60,
		Traffic:  256 << 10,
		Requests: 50, Flood: 5 * time.Second, Lonely: 3 * time.Second,
		Alive: 15 * time.Second, Write: 30 * time.Second,
		Grace: 8 * time.Second,
	}
}

// withDefaults fills in what is not set.
func (l Limits) withDefaults() Limits {
	set, standard := reflect.ValueOf(&l).Elem(), reflect.ValueOf(DefaultLimits())
	for i := range set.NumField() {
		if set.Field(i).IsZero() {
			set.Field(i).Set(standard.Field(i))
		}
	}
	return l
}
