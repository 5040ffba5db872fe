package apps

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kubetutor/internal/engine/kernel"
)

// maxDigits is how many digits of pi are computed at most.
const maxDigits = 20_000

// perl computes pi the way that the example of a Job asks for it, `perl
// -Mbignum=bpi -wle 'print bpi(2000)'`, and refuses to be anything else.
func perl(version string) kernel.Program {
	return func(ctx context.Context, p *kernel.Process) int {
		line := strings.Join(p.Args()[1:], " ")
		if line == "-v" || line == "--version" {
			fmt.Fprintf(p.Stdout(), "\nThis is perl 5, version %s (v%s) built for x86_64-linux-gnu\n\n", strings.Split(version, ".")[1], version)
			return 0
		}
		found := regexp.MustCompile(`^-Mbignum=bpi -wle print bpi\((\d+)\);?$`).FindStringSubmatch(line)
		if found == nil {
			fmt.Fprintln(p.Stderr(), "perl: this simulated perl knows one program: perl -Mbignum=bpi -wle 'print bpi(2000)'")
			return 2
		}
		digits, err := strconv.Atoi(found[1])
		if err != nil || digits < 1 || digits > maxDigits {
			fmt.Fprintf(p.Stderr(), "perl: this simulated perl computes 1 to %d digits\n", maxDigits)
			return 2
		}
		// The real one takes about five seconds for two thousand digits.
		if p.Grow(20<<20) != nil || p.Use(ctx, time.Duration(digits)*time.Millisecond) != nil {
			return 1
		}
		fmt.Fprintln(p.Stdout(), pi(digits))
		return 0
	}
}

// pi returns so many significant digits, by Machin's formula:
// pi/4 = 4 arctan(1/5) - arctan(1/239).
func pi(digits int) string {
	const guard = 10
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits+guard)), nil)
	sum := new(big.Int).Mul(arctan(5, unit), big.NewInt(4))
	sum.Sub(sum, arctan(239, unit)).Mul(sum, big.NewInt(4))
	sum.Add(sum, new(big.Int).Mul(big.NewInt(5), new(big.Int).Exp(big.NewInt(10), big.NewInt(guard), nil))) // round
	text := sum.String()
	if digits == 1 {
		return text[:1]
	}
	return text[:1] + "." + text[1:digits]
}

// arctan is unit times arctan(1/x).
func arctan(x int64, unit *big.Int) *big.Int {
	power := new(big.Int).Div(unit, big.NewInt(x))
	sum := new(big.Int).Set(power)
	square := big.NewInt(x * x)
	for n, sign := int64(3), -1; power.Sign() != 0; n, sign = n+2, -sign {
		power.Div(power, square)
		term := new(big.Int).Div(power, big.NewInt(n))
		if sign < 0 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
	}
	return sum
}
