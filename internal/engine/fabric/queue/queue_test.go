package queue

import (
	"bytes"
	"testing"
)

func TestBytes(t *testing.T) {
	t.Parallel()
	for _, pool := range []*Pool{nil, {}} {
		q := Bytes{Pool: pool}
		var want, got []byte
		for n := range 200 {
			chunk := bytes.Repeat([]byte{byte(n)}, n*97%9000)
			want = append(want, chunk[:q.Write(chunk, 10_000)]...)
			if q.Len() > 10_000 {
				t.Fatalf("%d bytes wait", q.Len())
			}
			buf := make([]byte, n*61%9000)
			got = append(got, buf[:q.Read(buf)]...)
			q.Rest()
		}
		buf := make([]byte, q.Len())
		got = append(got, buf[:q.Read(buf)]...)
		if !bytes.Equal(got, want) || q.Len() != 0 {
			t.Errorf("read %d bytes of %d, %d wait", len(got), len(want), q.Len())
		}
		if q.Rest(); cap(q.buf) > kept {
			t.Errorf("at rest it holds %d bytes", cap(q.buf))
		}
		q.Write([]byte("unread"), 100)
		if q.Drop(); q.Len() != 0 || q.buf != nil {
			t.Error("what was dropped is there")
		}
	}
}
