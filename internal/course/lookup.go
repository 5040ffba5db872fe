package course

import (
	"slices"
	"strings"
)

// Lessons lists all lessons in learning order. The caller must not change it.
func (c *Course) Lessons() []*Lesson { return c.order }

// Tags are those of all lessons, each once, by the alphabet.
func (c *Course) Tags() (tags []string) {
	for _, l := range c.order {
		tags = append(tags, l.Tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// Lesson finds a lesson by its id.
func (c *Course) Lesson(id string) (*Lesson, bool) {
	l, ok := c.lessons[id]
	return l, ok
}

// Question finds a question by LESSON/QUESTION. In a lesson that cannot be
// loaded there is none: opening it says why.
func (c *Course) Question(path string) (*Question, bool) {
	lesson, id, _ := strings.Cut(path, "/")
	l, ok := c.lessons[lesson]
	if !ok {
		return nil, false
	}
	b, err := l.Body()
	if err != nil {
		return nil, false
	}
	return b.Question(id)
}

// Nearest returns at most n ids of lessons, the most similar to id first: what
// somebody who mistyped it may have meant.
func (c *Course) Nearest(id string, n int) []string {
	names := make([]string, len(c.order))
	for i, l := range c.order {
		names[i] = l.ID
	}
	return nearest(strings.ToLower(id), names, n)
}

// Next returns the lesson after l, nil after the last.
func (c *Course) Next(l *Lesson) *Lesson { return c.beside(l, 1) }

// Prev returns the lesson before l, nil before the first.
func (c *Course) Prev(l *Lesson) *Lesson { return c.beside(l, -1) }

func (c *Course) beside(l *Lesson, step int) *Lesson {
	at := slices.Index(c.order, l)
	if at < 0 || at+step < 0 || at+step >= len(c.order) {
		return nil
	}
	return c.order[at+step]
}

// Question finds a question of the lesson by its id.
func (b *Body) Question(id string) (*Question, bool) {
	return find(b.Questions, func(q *Question) bool { return q.ID == id })
}

// Lab finds a lab of the lesson by its id.
func (b *Body) Lab(id string) (*Lab, bool) {
	return find(b.Labs, func(lab *Lab) bool { return lab.ID == id })
}

func find[T any](all []*T, is func(*T) bool) (*T, bool) {
	if at := slices.IndexFunc(all, is); at >= 0 {
		return all[at], true
	}
	return nil, false
}
