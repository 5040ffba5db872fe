package doctor

import "strconv"

// Class is what teaching a class from this machine would need. Learners need none
// of it, so that nothing here is more than a note.
type Class struct {
	Known    bool
	Confined error  // why consoles of learners could not be confined; nil: they can
	Port     int    // that a class listens on by default
	Taken    bool   // by another program, or another class
	Address  string // at which others reach this machine; "" is none
	Labs     int    // how many the machine carries at once
}

func (c Class) examine() []Finding {
	if !c.Known {
		return nil
	}
	found := []Finding{of("class", Fine, "labs", strconv.Itoa(c.Labs), "address", c.Address)}
	if c.Address == "" {
		found[0] = of("class-alone", Note)
	}
	if c.Confined != nil {
		found = append(found, of("class-unconfined", Note, "why", c.Confined.Error()))
	}
	if c.Taken {
		found = append(found, of("class-port", Note, "port", strconv.Itoa(c.Port)))
	}
	return found
}
