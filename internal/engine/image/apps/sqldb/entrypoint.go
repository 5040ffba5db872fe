package sqldb

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"kubetutor/internal/engine/kernel"
)

// Setting is what an image's entrypoint reads from the environment: the variable
// itself, or the content of the file that NAME_FILE names.
func Setting(p *kernel.Process, name string) (string, error) {
	file := p.Getenv(name + "_FILE")
	if file == "" {
		return p.Getenv(name), nil
	}
	text, err := p.FS().ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: No such file or directory", file)
	}
	return strings.TrimRight(string(text), "\n"), nil
}

// Scripts is where an image's entrypoint looks for what to run in a new database.
const Scripts = "/docker-entrypoint-initdb.d"

// RunScripts runs the SQL files among the entries of Scripts, statement by
// statement until one fails, and notes each file, which it may ignore.
func RunScripts(p *kernel.Process, entries []fs.DirEntry, note func(ignored bool, text string), run func(file, statement string) error) error {
	const script = "/usr/local/bin/docker-entrypoint.sh"
	for _, e := range entries {
		file := path.Join(Scripts, e.Name())
		if path.Ext(file) != ".sql" {
			note(true, script+": ignoring "+file)
			continue
		}
		note(false, script+": running "+file)
		text, err := p.FS().ReadFile(file)
		if err != nil {
			return err
		}
		for _, statement := range Statements(string(text)) {
			if err := run(file, statement); err != nil {
				return err
			}
		}
	}
	return nil
}

// Statements are those of a text; the last needs no semicolon.
func Statements(text string) []string {
	statements, rest := Split(text)
	if rest = strings.TrimSpace(rest); rest != "" {
		statements = append(statements, rest)
	}
	return statements
}
