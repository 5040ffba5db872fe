package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kubetutor/internal/course"
	"kubetutor/internal/plain"
	"kubetutor/internal/search"
	"kubetutor/internal/xdg"
)

// Search is the index of the course, made or brought up to date when it is asked
// for first. It is closed with the factory.
func (f *Factory) Search(ctx context.Context) (*search.Index, error) {
	c, err := f.Course()
	if err != nil {
		return nil, err
	}
	f.searching.Lock()
	defer f.searching.Unlock()
	if f.index != nil {
		return f.index, nil
	}
	if f.index, err = search.Open(ctx, f.cacheDir(), c); err != nil {
		return nil, err
	}
	f.close = append(f.close, func() { _ = f.index.Close() })
	return f.index, nil
}

// cacheDir is $XDG_CACHE_HOME/kubetutor, by default ~/.cache/kubetutor; "" where
// none is known.
func (f *Factory) cacheDir() string {
	dir, _ := xdg.Dir(f.Env, "XDG_CACHE_HOME", ".cache") // without one the index is in memory
	return dir
}

// newCmdSearch looks for words in all lessons. What is searched for is often a
// command, so flags that are not its own are words of the query.
func newCmdSearch(f *Factory) *cobra.Command {
	var asJSON bool
	var query string
	limit := 0
	cmd := &cobra.Command{
		Use: "search QUERY", Short: f.Words.Search, Long: f.Words.SearchLong, DisableFlagParsing: true,
		Args: func(cmd *cobra.Command, args []string) (err error) {
			query, err = f.queryOf(cmd, args)
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if help, err := cmd.Flags().GetBool("help"); err == nil && help {
				return cmd.Help()
			}
			return runSearch(cmd.Context(), f, query, limit, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, f.Words.FlagJSON)
	cmd.Flags().IntVar(&limit, "limit", 10, f.Words.FlagLimit)
	return cmd
}

// queryOf takes the flags that the command has out of its arguments; the rest is
// the query, which need not be in quotes.
func (f *Factory) queryOf(cmd *cobra.Command, args []string) (string, error) {
	cmd.InitDefaultHelpFlag()
	var own, words []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			words = append(words, args[i+1:]...)
			break
		}
		n := flagLength(cmd, args[i])
		if n == 0 {
			words = append(words, args[i])
			continue
		}
		own = append(own, args[i:min(i+n, len(args))]...)
		i += n - 1
	}
	if err := cmd.Flags().Parse(own); err != nil {
		return "", usageError{err}
	}
	query := strings.TrimSpace(strings.Join(words, " "))
	if help, _ := cmd.Flags().GetBool("help"); query == "" && !help {
		return "", usageError{fmt.Errorf(f.Words.ArgumentsWanted, cmd.UseLine())}
	}
	return query, nil
}

// flagLength is how many arguments a flag of the command takes, with its value;
// 0 for what is none.
func flagLength(cmd *cobra.Command, arg string) int {
	name, _, joined := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	flag := cmd.Flag(name)
	switch {
	case arg == "-h":
		return 1
	case !strings.HasPrefix(arg, "--") || flag == nil:
		return 0
	case joined || flag.NoOptDefVal != "":
		return 1
	}
	return 2
}

func runSearch(ctx context.Context, f *Factory, query string, limit int, asJSON bool) error {
	index, err := f.Search(ctx)
	if err != nil {
		return err
	}
	hits, err := index.Search(ctx, query, search.Options{Lang: f.Lang(), Limit: limit})
	if err != nil {
		return err
	}
	if asJSON {
		return f.json(hitsJSON(hits))
	}
	if len(hits) == 0 {
		fmt.Fprintf(f.IO.Err, f.Words.NothingFor+"\n", query)
		return nil
	}
	c, err := f.Course()
	if err != nil {
		return err
	}
	plain.PrintHits(f.IO.Out, c, hits, f.Words, f.Lang(), f.style())
	return nil
}

// hitJSON is a hit in `search --json`. Fields are added, never taken away or
// changed.
type hitJSON struct {
	Kind     search.Kind `json:"kind"`
	Lesson   string      `json:"lesson,omitempty"`
	Lang     course.Lang `json:"lang"`
	Page     int         `json:"page,omitempty"` // 1 is the first
	Block    int         `json:"block"`
	Question string      `json:"question,omitempty"`
	Lab      string      `json:"lab,omitempty"`
	Term     string      `json:"term,omitempty"`
	Title    string      `json:"title"`
	Snippet  string      `json:"snippet"`
	Marks    [][2]int    `json:"marks"` // pairs of bytes of snippet
}

func hitsJSON(hits []search.Hit) []hitJSON {
	return each(hits, func(h search.Hit) hitJSON {
		j := hitJSON{
			Kind: h.Kind, Lesson: h.Lesson, Lang: h.Lang, Page: h.Page + 1, Block: h.Block, Question: h.Question, Lab: h.Lab,
			Term: h.Term, Title: h.Title, Snippet: h.Snippet, Marks: append([][2]int{}, h.Marks...),
		}
		if h.Kind == search.Term {
			j.Page = 0
		}
		return j
	})
}
