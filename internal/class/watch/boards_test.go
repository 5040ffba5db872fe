package watch_test

import (
	"fmt"
	"time"

	"kubetutor/internal/class"
)

const lesson = "pv-pvc-matching"

func at(page int, focus string) class.Place {
	return class.Place{Lesson: lesson, Page: page, Focus: focus}
}

// empty is a class that nobody has joined.
func empty() class.Board {
	return class.Board{
		Class: class.Class{ID: "01", Name: "storage-lab", Began: start, Plan: []class.Planned{
			{Lesson: lesson, Minutes: 25}, {Lesson: "service-purpose", Minutes: 20},
		}},
		Join: class.Join{
			Line: "ssh -p 2222 class@192.168.1.20", Code: "K7QF-93TX", Expires: start.Add(90 * time.Minute),
			Fingerprint: "SHA256:q3J0b1mZ8yqk1uT0eZ0aYd0pT7gH6sX2cV9wN4fL5iE",
		},
		Planned: at(2, ""),
		Labs:    class.Labs{Limit: 8}, Questions: 7, Exercises: 3,
	}
}

// few is a class of three: one needs help, one is idle, one is fine.
func few() class.Board {
	b := empty()
	b.Rows = []class.Row{lina(), omar(), sofia()}
	b.Here, b.Away, b.Ahead = 3, 0, 4
	b.Median = at(3, "lab:bind-claim")
	b.Steps = []class.Step{{At: at(2, ""), Count: 1}, {At: at(3, "lab:bind-claim"), Count: 2}}
	b.Countdown = &class.Countdown{Until: start.Add(12*time.Minute + 30*time.Second), Of: "bind the claim"}
	b.Labs = class.Labs{Awake: 2, Limit: 8}
	b.Screens = []class.Session{{ID: "s1", By: "Ada"}, {ID: "s2", By: "Grace"}}
	return b
}

func lina() class.Row {
	return class.Row{
		Learner: "aaaaaaaa", Name: "李娜", Here: true, Seen: start, Moved: start.Add(-6 * time.Minute), At: at(3, "lab:bind-claim"),
		Stuck: []class.Stuck{class.StuckHand, class.StuckTries}, Call: &class.Call{Up: true, Text: "为什么一直是 Pending？"},
		Standing: class.Standing{Lab: lesson + "/bind-claim", Number: 2, Passed: 1, Of: 4, Failing: []class.Failing{
			{Check: "class", Text: "它要求的存储类与卷的相同", Want: `"manual"`, Have: `"standard"`},
			{Check: "bound", Text: "它处于 Bound 状态", Want: `"Bound"`, Have: `"Pending"`},
		}},
		Tries: 6, Hints: 1, Right: 3, Answered: 4, Attended: true, Note: "works in operations", Entry: "row 3, second year",
		Answers: []class.Answered{{Question: lesson + "/default-class", Right: false, At: start.Add(-8 * time.Minute)}},
	}
}

func omar() class.Row {
	return class.Row{
		Learner: "bbbbbbbb", Name: "omar", Here: true, Own: true, Seen: start, Moved: start.Add(-9 * time.Minute), At: at(3, "lab:bind-claim"),
		Stuck: []class.Stuck{class.StuckIdle}, Idle: 9 * time.Minute, Standing: class.Standing{Lab: lesson + "/bind-claim", Number: 1, Passed: 2, Of: 4, Failing: []class.Failing{
			{Check: "bound", Text: "It is Bound", Want: `"Bound"`, Have: `"Pending"`},
		}}, Right: 2, Answered: 2,
	}
}

func sofia() class.Row {
	return class.Row{Learner: "cccccccc", Name: "sofia", Here: true, Seen: start, Moved: start, At: at(2, ""), Right: 4, Answered: 4, Passed: 1, Queue: 2}
}

// many is a class of so many, some with long and with Chinese names.
func many(n int) class.Board {
	b := few()
	names := []string{"王小明", "Maximiliana Konstantinopolskaya-Featherstone", "欧阳娜娜（第二组）", "bo", "Søren Ångström"}
	for i := len(b.Rows); i < n; i++ {
		row := class.Row{
			Learner: class.LearnerID(fmt.Sprintf("l%07d", i)), Name: fmt.Sprintf("%s %02d", names[i%len(names)], i), Here: i%9 != 0,
			Seen: start.Add(-time.Duration(i) * time.Minute), Moved: start.Add(-time.Minute), At: at(1+i%3, ""), Right: i % 5, Answered: 5, Attended: i%9 != 0,
		}
		if i%7 == 0 {
			row.Stuck, row.Tries = []class.Stuck{class.StuckTries}, 4
			row.At, row.Standing = at(3, "lab:bind-claim"), class.Standing{Lab: lesson + "/bind-claim", Passed: 3, Of: 4, Failing: []class.Failing{{Check: "shelf", Text: "It got shelf"}}}
		}
		b.Rows = append(b.Rows, row)
	}
	b.Here, b.Away = n-n/9, n/9
	b.Steps = []class.Step{
		{At: at(1, ""), Count: n / 4}, {At: at(2, ""), Count: n / 3}, {At: at(2, "quiz:default-class"), Count: 2},
		{At: at(3, ""), Count: n / 5}, {At: at(3, "lab:bind-claim"), Count: n / 4}, {At: at(3, "quiz:describe-claim"), Count: 1},
	}
	b.Labs = class.Labs{Awake: 8, Limit: 8, Queued: 3, Asleep: 10}
	b.Asking = []class.Asking{{ID: "a1", Name: "omar", From: "192.168.1.44", At: start.Add(-30 * time.Second)}}
	b.Locked = []class.Place{{Lesson: "service-purpose"}}
	return b
}
