package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run prints a completion script made from the command line itself, so that it cannot lag behind.
func (c *completionCmd) Run(s *streams) error {
	flags := commandFlags()
	var names []string
	for n := range flags {
		names = append(names, n)
	}
	sort.Strings(names)
	switch c.Shell {
	case "fish":
		for _, n := range names {
			fmt.Fprintf(s.out, "complete -c socle -n __fish_use_subcommand -a %s\n", n)
			for _, f := range flags[n] {
				fmt.Fprintf(s.out, "complete -c socle -n '__fish_seen_subcommand_from %s' -l %s\n", n, f)
			}
		}
		return nil
	case "zsh":
		fmt.Fprintln(s.out, "autoload -U +X bashcompinit && bashcompinit")
	}
	fmt.Fprintf(s.out, "_socle() {\n  local cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[1]}\n  if [ $COMP_CWORD = 1 ]; then COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return; fi\n  case $cmd in\n", strings.Join(names, " "))
	for _, n := range names {
		var words []string
		for _, f := range flags[n] {
			words = append(words, "--"+f)
		}
		fmt.Fprintf(s.out, "  %s) [[ $cur == -* ]] && COMPREPLY=($(compgen -W '%s' -- \"$cur\")) || COMPREPLY=($(compgen -f -- \"$cur\"));;\n", n, strings.Join(words, " "))
	}
	fmt.Fprintln(s.out, "  esac\n}\ncomplete -o filenames -F _socle socle")
	return nil
}

// commandFlags reads the subcommands and their flags from the cli type.
func commandFlags() map[string][]string {
	out := map[string][]string{}
	t := reflect.TypeOf(cli{})
	for i := range t.NumField() {
		f := t.Field(i)
		if _, ok := f.Tag.Lookup("cmd"); !ok {
			continue
		}
		name := strings.ToLower(f.Name)
		out[name] = []string{"help"}
		for j := range f.Type.NumField() {
			g := f.Type.Field(j)
			if _, isArg := g.Tag.Lookup("arg"); isArg {
				continue
			}
			flag := g.Tag.Get("name")
			if flag == "" {
				flag = strings.ToLower(g.Name)
			}
			out[name] = append(out[name], flag)
		}
	}
	return out
}
