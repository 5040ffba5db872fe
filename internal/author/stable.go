package author

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path"
	"slices"

	"kubetutor/internal/course"
)

// stable checks that no id of the last commit has gone: progress and cards hang
// on LESSON, LESSON/QUESTION, LESSON/CLOZE and LESSON/LAB. Without git, or where
// the course has not been committed yet, there is nothing to compare with.
func (l *linter) stable(ctx context.Context, now *course.Course) error {
	if l.o.Dir == "" {
		return nil
	}
	data, err := lastCommit(ctx, l.o.Dir)
	if err != nil || len(data) == 0 {
		return ctx.Err()
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("reading the last commit of %s: %w", l.o.Dir, err)
	}
	before, err := course.Open(archive)
	if err != nil {
		l.skip("ids against the last commit: the course as it was there cannot be loaded")
		return nil
	}
	for _, old := range before.Lessons() {
		l.keeps(old, now)
	}
	return nil
}

// lastCommit returns a zip of a directory as it was last committed.
func lastCommit(ctx context.Context, dir string) ([]byte, error) {
	return exec.CommandContext(ctx, "git", "-C", dir, "archive", "--format=zip", "HEAD").Output()
}

const forEver = "ids are for ever: what learners did hangs on them"

// keeps checks that a lesson of the last commit, its questions, clozes and labs
// are still there.
func (l *linter) keeps(old *course.Lesson, now *course.Course) {
	lesson, ok := now.Lesson(old.ID)
	if !ok {
		l.add(path.Join(old.Track.ID, "track.yaml"), 0, 0, forEver, "the lesson %q of the last commit is gone", old.ID)
		return
	}
	for _, id := range old.QuestionIDs {
		if !slices.Contains(lesson.QuestionIDs, id) {
			l.add(path.Join(lesson.Dir, "quiz.yaml"), 0, 0, forEver, "the question %q of the last commit is gone", id)
		}
	}
	for _, id := range old.ClozeIDs {
		if !slices.Contains(lesson.ClozeIDs, id) {
			l.add(path.Join(lesson.Dir, "en.md"), 0, 0, forEver, "the cloze %q of the last commit is gone", id)
		}
	}
	for _, id := range old.LabIDs {
		if !slices.Contains(lesson.LabIDs, id) {
			l.add(path.Join(lesson.Dir, "lesson.yaml"), 0, 0, forEver, "the lab %q of the last commit is gone", id)
		}
	}
}
