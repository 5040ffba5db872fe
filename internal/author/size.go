package author

import (
	"path"

	"kubetutor/internal/course"
)

// How large a lesson and its parts are.
const (
	minMinutes, maxMinutes     = 5, 30
	minQuestions, maxQuestions = 3, 8
	minTypes                   = 3 // of questions
	minHints                   = 3
	minNearMisses              = 2
)

// size checks how much there is of everything.
func (l *linter) size(lesson *course.Body) {
	file, quiz := l.yaml(path.Join(lesson.Dir, "lesson.yaml")), path.Join(lesson.Dir, "quiz.yaml")
	if m := lesson.Minutes; m < minMinutes || m > maxMinutes {
		file.fault("divide the lesson, or join it with another", "%d minutes; a lesson takes %d to %d", m, minMinutes, maxMinutes)("minutes")
	}
	if lesson.CheckedFor != Kubernetes {
		file.fault("check the facts again, then change it", "checked for %s; now it is %s", lesson.CheckedFor, Kubernetes)("checked_for")
	}
	if n := len(lesson.Questions); n < minQuestions || n > maxQuestions {
		l.add(quiz, 0, 0, "ask what the page has just taught; keep the questions that people get wrong", "%d questions; a lesson has %d to %d", n, minQuestions, maxQuestions)
	}
	types := map[course.QuestionType]bool{}
	for _, q := range lesson.Questions {
		types[q.Type] = true
	}
	if len(types) < minTypes && len(lesson.Questions) > 0 {
		l.add(quiz, 0, 0, "use single, multi, cloze, order, command, manifest, predict", "%d types of questions; at least %d are wanted", len(types), minTypes)
	}
}

// lab checks what a lab must have beyond what loading demands, and that none
// of its files is left over.
func (l *linter) lab(lesson *course.Body, lab *course.Lab) {
	dir := path.Join(lesson.Dir, "labs", lab.ID)
	file := l.yaml(path.Join(dir, "lab.yaml"))
	if n := len(lab.Hints); n < minHints {
		file.fault("from a nudge to nearly the answer", "%d hints; at least %d are wanted", n, minHints)("hints")
	}
	if n := len(lab.NearMisses); n < minNearMisses {
		file.fault("write what learners really try", "%d near misses; at least %d are wanted", n, minNearMisses)("near_misses")
	}
	files, err := l.files(dir)
	if err != nil {
		l.add(dir, 0, 0, "see that you may read it", "cannot be listed: %v", err)
	}
	for _, name := range files {
		below := name[len(dir)+1:]
		if _, used := lab.Files[below]; !used && below != "lab.yaml" {
			l.add(name, 0, 0, "name it in lab.yaml, or delete it", "this file is not used")
		}
	}
	for _, name := range lab.Setup {
		if path.Ext(name) == ".yaml" {
			l.manifests(path.Join(dir, name))
		}
	}
}
