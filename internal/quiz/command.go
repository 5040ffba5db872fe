package quiz

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kubetutor/internal/course"
)

// gradeCommand compares what the learner's command line means with what each of
// the answers means, and takes the nearest. Score is the share of what agrees:
// the command, each flag, the objects, the arguments.
func (k *Kubectl) gradeCommand(q *course.Question, a Answer) (Grade, error) {
	if len(q.Answers) == 0 {
		return Grade{}, errors.New("there is no answer")
	}
	given, err := parseLine(a.text(0))
	if err != nil {
		given = line{}
	}
	best := difference{}
	for i, answer := range q.Answers {
		want, err := parseLine(answer)
		if err != nil {
			return Grade{}, fmt.Errorf("its answer %q: %w", answer, err)
		}
		if d := k.compare(want, given); i == 0 || d.less(best) {
			best = d
		}
	}
	if err != nil {
		return refused(unreadable(err)), nil
	}
	right := len(best.notes) == 0
	part := Part{ID: "1", Chosen: true, Right: right, Note: best.text()}
	return settle(right, best.score(), []Part{part}), nil
}

func unreadable(err error) course.Text {
	if errors.Is(err, errNoCommand) {
		return course.Text{EN: "There is no command.", ZH: "没有输入命令。"}
	}
	return course.Text{
		EN: fmt.Sprintf("This cannot be read as a command line: %s.", err),
		ZH: fmt.Sprintf("无法解析这行命令：%s。", err),
	}
}

// difference is what tells two command lines apart.
type difference struct {
	notes []course.Text
	same  int // how much agrees
}

func (d *difference) note(en, zh string) {
	d.notes = append(d.notes, course.Text{EN: en, ZH: zh})
}

// want counts what has to agree, and notes it where it does not.
func (d *difference) want(agree bool, en, zh string) {
	if agree {
		d.same++
	} else {
		d.note(en, zh)
	}
}

func (d difference) score() float64 {
	return float64(d.same) / float64(d.same+len(d.notes))
}

// less tells whether d is nearer to right than other.
func (d difference) less(other difference) bool {
	if len(d.notes) != len(other.notes) {
		return len(d.notes) < len(other.notes)
	}
	return d.same > other.same
}

// text joins the notes.
func (d difference) text() course.Text {
	var en, zh []string
	for _, n := range d.notes {
		en, zh = append(en, n.EN), append(zh, n.ZH)
	}
	return course.Text{EN: strings.Join(en, " "), ZH: strings.Join(zh, "")}
}

func (k *Kubectl) compare(want, given line) difference {
	var d difference
	if want.script != "" || given.script != "" {
		d.want(want.script == given.script, "The command line does something else.", "这行命令做的是别的事。")
		return d
	}
	if len(want.stages) != len(given.stages) {
		d.note("The pipe has another number of commands.", "管道中的命令个数不对。")
		return d
	}
	for i := range want.stages {
		d.meanings(k.mean(want.stages[i]), k.mean(given.stages[i]))
	}
	return d
}

func (d *difference) meanings(want, given meaning) {
	if want.head != given.head {
		d.note(fmt.Sprintf("%s is not the command for this.", given.head), fmt.Sprintf("这里要用的命令不是 %s。", given.head))
		return
	}
	d.same++
	for _, f := range given.unknown {
		d.note(fmt.Sprintf("%s has no flag %s.", given.head, f), fmt.Sprintf("%s 没有 %s 标志。", given.head, f))
	}
	for _, f := range given.lacking {
		d.note(fmt.Sprintf("The flag %s needs a value.", f), fmt.Sprintf("标志 %s 需要一个值。", f))
	}
	d.flags(want.flags, given)
	d.list(want.objects, given.objects, "The kinds or names of the objects are not the right ones.", "对象的类型或名称不对。")
	d.list(want.args, given.args, "The arguments are not the right ones.", "参数不对。")
	d.list(want.after, given.after, "What stands after -- is not right.", "-- 之后的内容不对。")
	d.list(want.around, given.around, "The redirection or the variable before the command is not right.", "重定向或命令前的变量不对。")
}

func (d *difference) list(want, given []string, en, zh string) {
	if len(want) > 0 || len(given) > 0 {
		d.want(slices.Equal(want, given), en, zh)
	}
}

// flags compares flags by name. A note names the flag, but never its value: the
// learner is to find that.
func (d *difference) flags(want map[string]string, given meaning) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		value, has := given.flags[name]
		switch {
		case slices.Contains(given.lacking, name):
		case !has:
			d.note(fmt.Sprintf("The flag %s is missing.", name), fmt.Sprintf("缺少标志 %s。", name))
		default:
			d.want(value == want[name], fmt.Sprintf("The flag %s has another value.", name), fmt.Sprintf("标志 %s 的值不对。", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given.flags)) {
		if _, wanted := want[name]; !wanted && !slices.Contains(given.unknown, name) {
			d.note(fmt.Sprintf("The flag %s does not belong here.", name), fmt.Sprintf("这里不该有标志 %s。", name))
		}
	}
}
