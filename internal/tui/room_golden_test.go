package tui_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"kubetutor/internal/class"
	"kubetutor/internal/course"
)

// sights are what the golden screens show.
func sights() map[string]func(*class.Sight) {
	return map[string]func(*class.Sight){
		"plain": func(*class.Sight) {},
		"busy": func(s *class.Sight) {
			s.Hand, s.Queue, s.Countdown = true, 2, &class.Countdown{Until: evening().Add(5 * time.Minute), Of: "bind-claim"}
			s.Messages = []class.Message{messageAt("01A", class.MessageText, "Read page 2 first, then try again.")}
		},
		"watched": func(s *class.Sight) {
			s.Watched, s.Countdown = "Anna Schmidt", &class.Countdown{Until: evening().Add(40 * time.Second)}
		},
		"asked":  asks,
		"resume": func(s *class.Sight) { s.Resume = "K7QP-2MXD" },
		"over":   func(s *class.Sight) { s.Over = true },
		"lost":   func(s *class.Sight) { s.Lost = true },
		"called": recalls("01A", class.Place{Lesson: claim, Page: 2}),
		"shown": func(s *class.Sight) {
			s.Shown = &class.Screen{Columns: 30, Rows: 2, Content: "shop $ \x1b[1mkubectl get pvc\x1b[m\n数据 Bound", Caption: "the claim is bound"}
		},
	}
}

func TestGoldenClass(t *testing.T) {
	t.Parallel()
	for name, change := range sights() {
		for _, size := range [][2]int{{40, 10}, {80, 24}, {160, 50}} {
			for _, lang := range course.Langs {
				t.Run(fmt.Sprintf("%s-%d-%s", name, size[0], lang), func(t *testing.T) {
					t.Parallel()
					o := small(t)
					o.Lang = lang
					a := attend(t, o, size[0], size[1], storageLab())
					a.see(change)
					golden.RequireEqual(t, a.screen())
				})
			}
		}
		for _, look := range []string{"mono", "ascii", "dark"} {
			t.Run(name+"-"+look, func(t *testing.T) {
				t.Parallel()
				o := small(t)
				o.NoColor, o.ASCII = look == "mono", look == "ascii"
				a := attend(t, o, 80, 24, storageLab())
				a.see(change)
				golden.RequireEqual(t, a.styled())
			})
		}
	}
}

func TestGoldenClassPage(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{40, 16}, {80, 24}, {160, 50}} {
		for _, lang := range course.Langs {
			t.Run(fmt.Sprintf("%d-%s", size[0], lang), func(t *testing.T) {
				t.Parallel()
				o := small(t)
				o.Lang = lang
				sight := storageLab()
				sight.Locked = []class.Place{{Lesson: claim, Page: 3}}
				sight.Countdown = &class.Countdown{Until: evening().Add(5 * time.Minute), Of: "bind-claim"}
				sight.Messages = []class.Message{
					messageAt("01A", class.MessageText, "读第二页。Then look at what the volume asks for, and at what the claim says of it."),
					{ID: "01B", At: evening(), Kind: class.MessageHint, Lab: claim + "/bind-claim", Hint: 1},
					messageAt("01C", class.MessageCommand, "kubectl get pv\nkubectl get pvc -A"),
				}
				recalls("01A", class.Place{Lesson: claim, Page: 2})(&sight)
				a := attend(t, o, size[0], size[1], sight)
				a.press("m")
				golden.RequireEqual(t, a.screen())
			})
		}
	}
}
