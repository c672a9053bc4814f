package web

import (
	"net/http"
	"strings"
)

type welcomePage struct {
	Citizens, Pros []personaCard
	Next           string
	Connexion      string // address of the real ways to sign in; "" when there is none
}

type personaCard struct {
	Persona
	Href, RoleWords, Sees string
}

// welcome says what Socle is and, in the demo, who one may be.
func (d *Door) welcome(q *request) error {
	next := local(q.r.URL.Query().Get("suite"))
	if q.s != nil && next == "" {
		return q.redirect(q.homePath())
	}
	if q.s == nil && d.Personas == nil && d.canSignIn() {
		return d.connexion(q)
	}
	p := welcomePage{Next: next}
	if d.canSignIn() {
		p.Connexion = connexionPath
		if next != "" {
			p.Connexion += "?suite=" + queryEscape(next)
		}
	}
	for _, x := range d.Personas {
		c := personaCard{Persona: x, Href: d.LoginPath(x.ID)}
		if next != "" {
			c.Href += "?suite=" + queryEscape(next)
		}
		c.Sees = q.t("persona.autre")
		if _, ok := catalogue["persona."+x.Role]; ok {
			c.Sees = q.t("persona." + x.Role)
		}
		if x.Subject.Person != "" {
			c.RoleWords = q.t("role.citoyen")
			p.Citizens = append(p.Citizens, c)
			continue
		}
		if strings.HasPrefix(x.ID, "banc") {
			continue // the load bench is no one to visit as
		}
		if pro := d.Annuaire.Professional(x.Subject.Professional); pro != nil {
			c.RoleWords = pro.Role
			if q.lang == "en" && pro.RoleEN != "" {
				c.RoleWords = pro.RoleEN
			}
		}
		p.Pros = append(p.Pros, c)
	}
	return q.render("welcome", p)
}

// canSignIn tells whether there is a real way to sign in.
func (d *Door) canSignIn() bool {
	return d.ProSanteConnect != nil || d.FranceConnect != nil || d.Comptes != nil
}

// signIn opens a session for a persona of the demo. The route exists in the demo only.
func (d *Door) signIn(w http.ResponseWriter, r *http.Request) {
	d.serve(w, r, func(q *request) error {
		for _, p := range d.Personas {
			if p.ID != r.PathValue("persona") {
				continue
			}
			c, err := d.Actor(p.Subject)
			if err != nil {
				return err
			}
			q.openSession(p.Subject, c)
			to := local(r.URL.Query().Get("suite"))
			if to == "" {
				to = q.homePath()
			}
			return q.redirect(to)
		}
		return errNoPage
	})
}

func (d *Door) signOut(q *request) error {
	d.sessions.end(q.s)
	q.forget()
	setCookie(q.w, q.r, sessionCookie, "", -1, true)
	return q.redirect("/")
}

// deviceOf says in two words which browser a session is in.
func deviceOf(r *http.Request) string {
	ua := r.UserAgent()
	pick := func(list ...string) string {
		for i := 0; i < len(list); i += 2 {
			if strings.Contains(ua, list[i]) {
				return list[i+1]
			}
		}
		return ""
	}
	browser := pick("Edg/", "Edge", "Firefox/", "Firefox", "Chrome/", "Chrome", "Safari/", "Safari", "curl/", "curl")
	system := pick("iPhone", "iPhone", "iPad", "iPad", "Android", "Android", "Windows", "Windows", "Mac OS", "macOS", "Linux", "Linux")
	return strings.Trim(browser+" · "+system, " ·")
}
