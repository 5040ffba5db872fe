package class

// Closed tells whether a place is locked for this learner. A locked lesson closes
// all of it, a locked page that one and those after it (it cannot be read on), a
// locked question or lab only itself. What was done there before is not touched.
func (s Sight) Closed(p Place) bool { return closed(s.Locked, p) }

// Closed tells whether a place is locked for all.
func (b Board) Closed(p Place) bool { return closed(b.Locked, p) }

func closed(locked []Place, p Place) bool { panic("soon") }
