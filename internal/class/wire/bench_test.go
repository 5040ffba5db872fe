package wire

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"kubetutor/internal/class"
)

// BenchmarkSeats tells what a connected seat takes at the server, in bytes of heap
// and stacks, beside the connection itself.
func BenchmarkSeats(b *testing.B) {
	const seats = 200
	used := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse + m.StackInuse
	}
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, seats)
		before := used()
		for range seats {
			far, near := net.Pipe()
			go func() { ended <- ServeSeat(ctx, far, newFakeSeat(), Options{}) }()
			fmt.Fprintln(near, `{"speaks":"kubetutor-seat","protocol":1}`)
			one := make([]byte, 1)
			for one[0] != '\n' {
				near.Read(one)
			}
			fmt.Fprintln(near, `{"id":1,"do":"follow"}`)
		}
		b.ReportMetric(float64(used()-before)/seats, "B/seat")
		cancel()
		for range seats {
			<-ended
		}
	}
}

// room60 is a board as it may be with sixty learners.
func room60() class.Board {
	var board class.Board
	for n := range 60 {
		board.Rows = append(board.Rows, class.Row{
			Learner: class.LearnerID(fmt.Sprintf("learner%d", n)), Name: "李娜 Li Na", Here: true, Seen: time.Now(), Moved: time.Now(),
			At:    class.Place{Lesson: "pv-pvc-matching", Page: 3},
			Stuck: []class.Stuck{class.StuckTries}, Call: &class.Call{Up: true, Text: "it hangs, and I do not know why"},
			Standing: class.Standing{Lab: "pv-pvc-matching/bind-claim", Number: 2, Passed: 1, Of: 4, Failing: []class.Failing{
				{Check: "class", Text: "It asks for the class", Want: "fast", Have: "standard"}, {Check: "bound", Text: "The claim is bound", Want: "Bound", Have: "Pending"},
			}},
		})
	}
	return board
}

// BenchmarkBoard is what one board of sixty learners costs on its way.
func BenchmarkBoard(b *testing.B) {
	board := room60()
	b.Run("server", func(b *testing.B) {
		out := newWriter(io.Discard)
		for b.Loop() {
			data, _ := json.Marshal(board)
			_ = out.send(answer{ID: 1, Is: data})
		}
	})
	b.Run("client", func(b *testing.B) {
		data, _ := json.Marshal(board)
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if _, err := parse[class.Board](data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
