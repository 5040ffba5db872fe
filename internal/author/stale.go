package author

import (
	"context"
	"os/exec"
	"slices"
	"strings"

	"kubetutor/internal/course"
	"kubetutor/internal/markdown/block"
)

// maxStale is how many blocks of a text are named at most.
const maxStale = 5

// stale warns of what changed in one language of a lesson since the other last
// did. Whether the other one says the same all the same, only a reader can tell:
// so it is no fault, and it is silent without git, or where a text has not been
// committed yet.
func (l *linter) stale(ctx context.Context, lessons []*course.Lesson) {
	if l.o.Dir == "" || len(lessons) == 0 {
		return
	}
	changes := changesOf(ctx, l.o.Dir)
	for _, lesson := range lessons {
		en, zh := lesson.Dir+"/en.md", lesson.Dir+"/zh.md"
		a, b := changes[en], changes[zh]
		switch {
		case len(a) == 0 || len(b) == 0 || a[0].age == b[0].age:
		case a[0].age < b[0].age:
			l.since(ctx, en, zh, a, b)
		default:
			l.since(ctx, zh, en, b, a)
		}
	}
}

// change is when a file changed: how many commits ago, -1 since the last one;
// and the commit, HEAD for those.
type change struct {
	age    int
	commit string
}

// changesOf tells when each text of a course changed, the newest change first.
func changesOf(ctx context.Context, dir string) map[string][]change {
	all := map[string][]change{}
	for name := range strings.Lines(git(ctx, dir, "diff", "--relative", "--name-only", "HEAD", "--", "*.md")) {
		all[strings.TrimSpace(name)] = []change{{-1, "HEAD"}}
	}
	log := git(ctx, dir, "log", "--relative", "--name-only", "--format=%x00%H", "--", "*.md")
	for age, entry := range strings.Split(log, "\x00") {
		lines := strings.Split(strings.TrimSpace(entry), "\n")
		for _, name := range lines[1:] {
			if name != "" {
				all[name] = append(all[name], change{age, lines[0]})
			}
		}
	}
	return all
}

// git returns what a command of git prints; nothing where that fails.
func git(ctx context.Context, dir string, args ...string) string {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir, "-c", "core.quotePath=false"}, args...)...).Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// since names the blocks of a text that are new since the other language last
// changed. A block is left out where the other language changed in the same
// place, and this one but followed it.
func (l *linter) since(ctx context.Context, name, other string, mine, theirs []change) {
	fresh := l.changed(ctx, name, theirs[0].commit)
	i := slices.IndexFunc(mine, func(c change) bool { return c.age >= theirs[0].age })
	if len(fresh) == 0 || i < 0 {
		return
	}
	followed := l.changed(ctx, other, mine[i].commit)
	named := 0
	for at, b := range block.Parse(course.AsRead(l.read(name))) {
		if !fresh[at] || followed[at] || named == maxStale {
			continue
		}
		named++
		l.warn(name, b.Line, "see that "+other+" says the same; this goes when that changes too",
			"this changed after the other language did: %s", excerpt(b.Text))
	}
}

// changed are the blocks of a text, by number, that were not in it at a commit.
func (l *linter) changed(ctx context.Context, name, commit string) map[int]bool {
	old := git(ctx, l.o.Dir, "show", commit+":./"+name)
	if old == "" {
		return nil
	}
	was := map[string]bool{}
	for _, b := range block.Parse(course.AsRead(old)) {
		was[b.Text] = true
	}
	fresh := map[int]bool{}
	for i, b := range block.Parse(course.AsRead(l.read(name))) {
		if !was[b.Text] {
			fresh[i] = true
		}
	}
	return fresh
}
