package review

import "context"

// Early gives the card that Next would have one wait for: the one whose step is
// due first, before its time. The error is ErrDone where there is none.
func (s *Session) Early(ctx context.Context) (Turn, error) {
	now := s.desk.now()
	for s.shown == nil && len(s.learning) > 0 {
		if err := s.show(ctx, &s.learning, now); err != nil {
			return Turn{}, err
		}
	}
	if s.shown == nil {
		return Turn{}, ErrDone
	}
	return s.turn(now)
}
