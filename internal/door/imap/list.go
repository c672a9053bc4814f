package imap

import (
	"slices"
	"strings"

	wire "github.com/socle-sante/socle/format/imap"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// listed is one line of LIST: a folder, or a level above folders that is none itself.
type listed struct {
	name   string
	folder *mss.Folder
}

// list is LIST and LSUB.
// spec: RFC 3501 6.3.8, RFC 5258 3, RFC 5819 2, RFC 6154 2
func (c *conn) list(cmd *wire.Command) (answer, error) {
	a := cmd.Args.(*wire.List)
	if len(a.Patterns) == 1 && a.Patterns[0] == "" { // asks for the delimiter
		c.out = append(c.out, "* "+cmd.Name+" (\\Noselect) \"/\" \"\"\r\n"...)
		return answer{}, nil
	}
	all, err := c.session.Folders(c.ctx)
	if err != nil {
		return answer{}, err
	}
	levels := tree(all)
	for _, l := range levels {
		if !slices.ContainsFunc(a.Patterns, func(p string) bool { return wire.MatchName(a.Reference+p, l.name, delimiter) }) {
			continue
		}
		c.listOne(cmd.Name, a, l, levels)
		if c.full() != nil {
			return answer{}, c.broken
		}
	}
	return answer{}, nil
}

// tree adds the levels that are only names to the folders, in order of name with INBOX first.
func tree(all []mss.Folder) []listed {
	var out []listed
	known := map[string]bool{}
	for i := range all {
		out = append(out, listed{all[i].Name, &all[i]})
		known[all[i].Name] = true
	}
	for i := range all {
		name := all[i].Name
		for k := strings.LastIndexByte(name, delimiter); k > 0; k = strings.LastIndexByte(name[:k], delimiter) {
			if up := name[:k]; !known[up] {
				known[up] = true
				out = append(out, listed{name: up})
			}
		}
	}
	slices.SortFunc(out, func(a, b listed) int {
		switch {
		case a.name == "INBOX":
			return -1
		case b.name == "INBOX":
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

func (c *conn) listOne(word string, a *wire.List, l listed, levels []listed) {
	children, below := false, false // below: a subscribed folder is under this one
	for _, o := range levels {
		if strings.HasPrefix(o.name, l.name+"/") {
			children = true
			below = below || o.folder != nil && o.folder.Subscribed
		}
	}
	subscribed := l.folder != nil && l.folder.Subscribed
	if a.OnlySubscribed && !subscribed && !(below && (a.Recursive || word == "LSUB" && percent(a))) {
		return
	}
	if a.OnlySpecialUse && (l.folder == nil || l.folder.Use == "") {
		return
	}
	var flags []string
	switch {
	case word == "LSUB":
		if !subscribed {
			flags = append(flags, `\Noselect`)
		}
	case l.folder == nil && a.Extended:
		flags = append(flags, `\NonExistent`)
	case l.folder == nil:
		flags = append(flags, `\Noselect`)
	}
	if word == "LIST" {
		if children {
			flags = append(flags, `\HasChildren`)
		} else {
			flags = append(flags, `\HasNoChildren`)
		}
		if a.Subscribed && subscribed {
			flags = append(flags, `\Subscribed`)
		}
		if l.folder != nil && l.folder.Use != "" {
			flags = append(flags, l.folder.Use)
		}
	}
	c.out = append(c.out, "* "+word+" "...)
	c.out = wire.AppendFlags(c.out, flags)
	c.out = append(c.out, " \"/\" "...)
	c.out = wire.AppendMailbox(c.out, l.name)
	if a.Recursive && below {
		c.out = append(c.out, ` ("CHILDINFO" ("SUBSCRIBED"))`...)
	}
	c.out = append(c.out, "\r\n"...)
	if len(a.Status) > 0 && l.folder != nil {
		c.statusOf(l.folder, a.Status)
	}
}

// percent tells whether a pattern ends with %, for which LSUB lists the levels above.
func percent(a *wire.List) bool {
	return slices.ContainsFunc(a.Patterns, func(p string) bool { return strings.HasSuffix(p, "%") })
}
