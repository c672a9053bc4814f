package annuaire

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/annuaire"
	"github.com/socle-sante/socle/internal/domain/mss"
)

// What a FHIRPath Patch of mailboxes may say.

// maxOperations bounds the operations of one patch.
const maxOperations = 100

var errPatch = &finding.Refusal{ID: "ANN-PATCH", Kind: finding.Invalid, Code: "structure", Rule: "FHIR R4 fhirpatch",
	Message: finding.T("Cette modification ne se lit pas.", "This patch cannot be read."),
	Fix: finding.T("Envoyez Parameters, avec des paramètres « operation » dont les parties sont type (insert, replace, delete), path et value. Chemins : <Type>.telecom, <Type>.telecom.where(value = '<bal>'), puis .rank ou .extension('…as-ext-mailbox-mss-metadata').extension('listeRouge').value.",
		"Send Parameters, with parameters “operation” whose parts are type (insert, replace, delete), path and value. Paths: <Type>.telecom, <Type>.telecom.where(value = '<mailbox>'), then .rank or .extension('…as-ext-mailbox-mss-metadata').extension('listeRouge').value.")}

// metadata is the extension that says of a telecom that it is a mailbox.
const metadata = profileBase + "as-ext-mailbox-mss-metadata"

type parameters4 struct {
	ResourceType string `json:"resourceType"`
	Parameter    []struct {
		Name string                       `json:"name"`
		Part []map[string]json.RawMessage `json:"part"`
	} `json:"parameter"`
}

// operation is one operation of a patch.
type operation struct {
	n          int
	kind, path string
	value      json.RawMessage
	valueType  string // value[x]
}

func (o *operation) refuse(fr, en string, args ...any) error {
	return errPatch.At(fmt.Sprintf("Parameters.parameter[%d]", o.n)).Saying(finding.Tf(fr, en, args...))
}

// readPatch reads the operations of a patch on a resource of a kind.
func readPatch(k annuaire.Kind, body []byte) ([]mss.Amendment, error) {
	var in parameters4
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, errPatch.With(err)
	}
	if in.ResourceType != "Parameters" || len(in.Parameter) == 0 || len(in.Parameter) > maxOperations {
		return nil, errPatch.At("Parameters")
	}
	var out []mss.Amendment
	for i := range in.Parameter {
		o := operation{n: i}
		if in.Parameter[i].Name != "operation" {
			return nil, o.refuse("Un paramètre n'est pas une « operation ».", "A parameter is not an “operation”.")
		}
		if err := o.parts(in.Parameter[i].Part); err != nil {
			return nil, err
		}
		a, err := o.amendment(k)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

func (o *operation) parts(list []map[string]json.RawMessage) error {
	for _, part := range list {
		var name, text string
		if json.Unmarshal(part["name"], &name) != nil || len(part) != 2 {
			return o.refuse("Une partie n'a pas un nom et une valeur.", "A part has not a name and a value.")
		}
		for key, v := range part {
			if key == "name" {
				continue
			}
			switch name {
			case "type", "path":
				if json.Unmarshal(v, &text) != nil || key != "valueCode" && key != "valueString" {
					return o.refuse("La partie « %s » est un texte.", "Part “%s” is a text.", name)
				}
				if name == "type" {
					o.kind = text
				} else {
					o.path = text
				}
			case "index":
				// The order of mailboxes is that of their rank.
			case "value":
				o.value, o.valueType = v, key
			default:
				return o.refuse("La partie « %.40q » n'existe pas ; la plus proche est « %s ».", "There is no part “%.40q”; the nearest is “%s”.", name, finding.Nearest(name, []string{"type", "path", "index", "value"}))
			}
		}
	}
	return nil
}

// amendment turns an operation into what the operator does.
func (o *operation) amendment(k annuaire.Kind) (a mss.Amendment, err error) {
	steps, ok := parsePath(o.path)
	if !ok || len(steps) < 2 || steps[0] != (step{name: k.String()}) || steps[1] != (step{name: "telecom"}) {
		return a, o.refuse("Le chemin « %.120q » n'est pas de ceux d'une boîte de %s.", "Path “%.120q” is none of those of a mailbox of %s.", o.path, k)
	}
	if len(steps) == 2 {
		if o.kind != "insert" {
			return a, o.refuse("Sur %s.telecom, seul insert est permis : nommez la boîte par where(value = '…').", "On %s.telecom, only insert is allowed: name the mailbox by where(value = '…').", k)
		}
		a.Insert, err = o.telecom()
		return a, err
	}
	if steps[2].name != "where" {
		return a, o.refuse("La boîte se nomme par where(value = '<adresse>').", "A mailbox is named by where(value = '<address>').")
	}
	address, rest := steps[2].argument, steps[3:]
	if len(rest) == 0 {
		if o.kind != "delete" {
			return a, o.refuse("Une boîte entière s'ajoute par insert sur %s.telecom et se retire par delete ; son adresse et son type ne changent pas.", "A whole mailbox is added by insert on %s.telecom and taken away by delete; its address and its type do not change.", k)
		}
		a.Delete = address
		return a, nil
	}
	a.Change = address
	if o.kind != "replace" && o.kind != "insert" && o.kind != "delete" {
		return a, o.refuse("Le type « %.20q » n'est ni insert, ni replace, ni delete.", "Type “%.20q” is neither insert, nor replace, nor delete.", o.kind)
	}
	return a, o.field(&a.Changes, rest)
}

// field reads the change of one element of a mailbox.
func (o *operation) field(c *mss.Changes, rest []step) error {
	name := ""
	switch {
	case len(rest) == 1 && rest[0] == (step{name: "rank"}):
		name = "rank"
	case len(rest) >= 2 && rest[0] == (step{"extension", metadata}) && rest[1].name == "extension" && (len(rest) == 2 && o.kind == "delete" || len(rest) == 3 && rest[2] == (step{name: "value"})):
		name = rest[1].argument
	}
	deleted := o.kind == "delete"
	text := func() (*string, error) {
		s := ""
		if !deleted && (o.valueType != "valueString" || json.Unmarshal(o.value, &s) != nil) {
			return nil, o.refuse("« %s » est un valueString.", "“%s” is a valueString.", name)
		}
		return &s, nil
	}
	var err error
	switch name {
	case "rank":
		n := 0
		if !deleted && (o.valueType != "valuePositiveInt" && o.valueType != "valueInteger" && o.valueType != "valueUnsignedInt" || json.Unmarshal(o.value, &n) != nil || n < 1) {
			return o.refuse("Le rang est un valuePositiveInt.", "The rank is a valuePositiveInt.")
		}
		c.Rank = &n
	case "listeRouge":
		red := false
		if !deleted && (o.valueType != "valueBoolean" || json.Unmarshal(o.value, &red) != nil) {
			return o.refuse("listeRouge est un valueBoolean.", "listeRouge is a valueBoolean.")
		}
		c.Red = &red
	case "description":
		c.Description, err = text()
	case "service":
		c.Service, err = text()
	case "responsible":
		c.Responsible, err = text()
	default:
		return o.refuse("Le chemin « %.160q » ne se change pas ; se changent rank, listeRouge, description, service et responsible.", "Path “%.160q” does not change; rank, listeRouge, description, service and responsible do.", o.path)
	}
	return err
}

// telecom reads a mailbox to insert.
func (o *operation) telecom() (*mss.Mailbox, error) {
	type extension struct {
		URL     string                `json:"url"`
		Text    string                `json:"valueString"`
		Bool    bool                  `json:"valueBoolean"`
		Coding  struct{ Code string } `json:"valueCoding"`
		Concept struct {
			Coding []struct{ System, Code string } `json:"coding"`
		} `json:"valueCodeableConcept"`
	}
	var in struct {
		System, Value string
		Rank          int
		Extension     []struct {
			extension
			Extension []extension `json:"extension"`
		} `json:"extension"`
	}
	if o.valueType != "valueContactPoint" || json.Unmarshal(o.value, &in) != nil {
		return nil, o.refuse("La boîte à ajouter est un valueContactPoint.", "The mailbox to add is a valueContactPoint.")
	}
	if in.System != "email" || in.Value == "" {
		return nil, o.refuse("Un telecom MSSanté a system = email et une adresse dans value.", "An MSSanté telecom has system = email and an address in value.")
	}
	m := &mss.Mailbox{Address: in.Value, Rank: in.Rank}
	mssante := false
	for _, e := range in.Extension {
		switch {
		case strings.HasSuffix(e.URL, "fr-core-contact-point-email-type"):
			mssante = e.Coding.Code == "MSSANTE"
		case e.URL == metadata:
			for _, x := range e.Extension {
				switch x.URL {
				case "type":
					for _, c := range x.Concept.Coding {
						m.Type = mss.Type(c.Code) // under either system: both are written in the field
					}
				case "description":
					m.Description = x.Text
				case "service":
					m.Service = x.Text
				case "responsible", "responsable":
					m.Responsible = x.Text
				case "listeRouge":
					m.Red = x.Bool
				}
			}
		}
	}
	if !mssante || m.Type == "" {
		return nil, o.refuse("Il manque l'extension fr-core-contact-point-email-type (MSSANTE) ou le type de BAL dans as-ext-mailbox-mss-metadata.", "Extension fr-core-contact-point-email-type (MSSANTE) is missing, or the type of mailbox in as-ext-mailbox-mss-metadata.")
	}
	return m, nil
}

// step is one step of a path: a name, and the text that where(value = …) or extension(…) compares.
type step struct{ name, argument string }

// maxPath bounds a path.
const maxPath = 600

// parsePath reads the FHIRPath of a patch: names, where(value = 'text') and extension('text').
func parsePath(s string) (steps []step, ok bool) {
	if len(s) > maxPath {
		return nil, false
	}
	for {
		s = strings.TrimSpace(s)
		n := 0
		for n < len(s) && (s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
			n++
		}
		if n == 0 {
			return nil, false
		}
		x := step{name: s[:n]}
		s = strings.TrimSpace(s[n:])
		if strings.HasPrefix(s, "(") {
			if x.argument, s, ok = argument(x.name, s[1:]); !ok {
				return nil, false
			}
		}
		steps = append(steps, x)
		if s == "" {
			return steps, true
		}
		if s[0] != '.' {
			return nil, false
		}
		s = s[1:]
	}
}

// argument reads what is between parentheses, and gives what follows them.
func argument(name, s string) (text, rest string, ok bool) {
	s = strings.TrimSpace(s)
	switch name {
	case "where":
		if s, ok = strings.CutPrefix(s, "value"); !ok {
			return "", "", false
		}
		if s, ok = strings.CutPrefix(strings.TrimSpace(s), "="); !ok {
			return "", "", false
		}
	case "extension":
	default:
		return "", "", false
	}
	if s, ok = strings.CutPrefix(strings.TrimSpace(s), "'"); !ok {
		return "", "", false
	}
	i := strings.IndexAny(s, `'\`)
	if i <= 0 || s[i] != '\'' {
		return "", "", false // nothing escaped: no address and no extension needs it
	}
	rest, ok = strings.CutPrefix(strings.TrimSpace(s[i+1:]), ")")
	return s[:i], strings.TrimSpace(rest), ok
}
