package guichet

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/socle-sante/socle/format/finding"
)

// maxBody bounds a request: an identity is a page of words.
const maxBody = 64 << 10

// errField refuses a field that the route does not have.
var errField = &finding.Refusal{ID: "GUICHET-CHAMP", Kind: finding.Invalid,
	Message: finding.T("La demande porte un champ inconnu.", "The request carries an unknown field."),
	Fix:     finding.T("Corrigez son nom ou retirez-le.", "Correct its name or remove it.")}

// read decodes the body. An empty body is an empty object; a field nobody knows is refused, naming
// the nearest that exists.
func read(w http.ResponseWriter, r *http.Request, to any) error {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			c := errJSON.Saying(finding.Tf("Le corps dépasse %d octets.", "The body is over %d bytes.", maxBody))
			c.Kind = finding.TooLarge
			return c
		}
		return errJSON.With(err)
	}
	if len(strings.TrimSpace(string(raw))) == 0 {
		return nil
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return errJSON.At(err.Error())
	}
	names := fields(reflect.TypeOf(to).Elem())
	for _, name := range sortedKeys(given) {
		if err := known(name, names); err != nil {
			return err
		}
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields() // inside lists
	if err := dec.Decode(to); err != nil {
		return errJSON.At(err.Error())
	}
	return nil
}

// known refuses a name that is not in a list, with the nearest that is.
func known(name string, names []string) error {
	if slices.Contains(names, name) {
		return nil
	}
	r := errField.At(name).Saying(finding.Tf("Le champ «%s» n'existe pas ici.", "Field %q does not exist here.", name))
	if len(names) > 0 {
		r.Fix = finding.Tf("Le plus proche est «%s». Champs : %s.", "The nearest is %q. Fields: %s.", finding.Nearest(name, names), strings.Join(names, ", "))
	}
	return r
}

// noQuery refuses parameters in the address: identities are never searched there.
func noQuery(r *http.Request, allowed ...string) error {
	for _, name := range sortedKeys(r.URL.Query()) {
		if err := known(name, allowed); err != nil {
			return err
		}
	}
	return nil
}

// fields gives the JSON names of a structure, those of embedded ones included.
func fields(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			names = append(names, fields(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func sortedKeys[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
