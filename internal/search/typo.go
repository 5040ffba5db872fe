package search

import (
	"context"
	"fmt"
)

// Words shorter than this have too many neighbours to guess which was meant.
const shortestTypo = 4

// mend adds to words that stand nowhere those that differ by one slip of a
// finger.
func (x *Index) mend(ctx context.Context, q query) (query, error) {
	for i, u := range q {
		form := u.forms[0]
		if len(form) > 1 || len(form[0]) < shortestTypo || hanWord(form[0]) {
			continue
		}
		near, err := x.near(ctx, form[0])
		if err != nil {
			return nil, fmt.Errorf("looking for words like %q: %w", form[0], err)
		}
		for _, word := range near {
			q[i].forms = append(q[i].forms, []string{word})
		}
	}
	return q, nil
}

// near lists the words that somebody who typed one that does not exist may have
// meant; none for one that exists, or begins one that does.
func (x *Index) near(ctx context.Context, typed string) (near []string, err error) {
	rows, err := x.db.QueryContext(ctx, `SELECT text FROM word WHERE length BETWEEN ? AND ?`, len(typed)-1, len(typed)+1)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var word string
		if err := rows.Scan(&word); err != nil {
			return nil, err
		}
		if word == typed {
			return nil, nil
		}
		if oneSlip(typed, word) {
			near = append(near, word)
		}
	}
	if err := rows.Err(); err != nil || len(near) == 0 {
		return nil, err
	}
	begins, err := x.begins(ctx, typed)
	if err != nil || begins {
		return nil, err
	}
	return near, nil
}

// begins tells whether a word begins with what was typed.
func (x *Index) begins(ctx context.Context, typed string) (yes bool, err error) {
	err = x.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM word WHERE text >= ? AND text < ?)`, typed, typed+"\U0010FFFF").Scan(&yes)
	return yes, err
}

// oneSlip tells whether one byte was typed too much, too little, wrongly, or
// before its neighbour. Both are in lower case and not the same.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	restA, restB := a[i:], b[i:]
	if len(a) < len(b) {
		return restA == restB[1:]
	}
	if restA == "" || restA[1:] == restB[1:] {
		return true
	}
	return len(restA) > 1 && restA[0] == restB[1] && restA[1] == restB[0] && restA[2:] == restB[2:]
}
