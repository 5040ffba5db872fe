package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"kubetutor/internal/plain"
	"kubetutor/internal/progress"
)

// openOrAsk opens the learner's progress. Where that fails and a person is
// there to ask, the tutor can go on with a store that is thrown away at the end;
// never without having said so.
func (f *Factory) openOrAsk() error {
	_, err := f.Store()
	if err == nil || !f.IO.Terminal() {
		return err
	}
	fmt.Fprintf(f.IO.Err, "kubetutor: %s\n%s", f.explain(err), f.Words.GoOnUnsaved)
	if typed := strings.ToLower(readLine(f.IO.In)); typed != "yes" && typed != "y" {
		return err
	}
	db, tempErr := f.temporaryStore()
	if tempErr != nil {
		return err
	}
	f.store = func() (*progress.DB, error) { return db, nil }
	return nil
}

// temporaryStore is thrown away when the program ends.
func (f *Factory) temporaryStore() (*progress.DB, error) {
	dir, err := os.MkdirTemp("", "kubetutor-unsaved-")
	if err != nil {
		return nil, err
	}
	f.close = append(f.close, func() { _ = os.RemoveAll(dir) })
	db, err := progress.Open(dir)
	if err == nil {
		f.close = append(f.close, func() { _ = db.Close() })
	}
	return db, err
}

// readLine reads one line and not a byte more: what follows is for another
// reader.
func readLine(r io.Reader) string {
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := r.Read(one)
		if n == 1 && one[0] != '\n' {
			line = append(line, one[0])
		}
		if err != nil || n == 1 && one[0] == '\n' {
			return strings.TrimSpace(plain.Clean(string(line)))
		}
	}
}
