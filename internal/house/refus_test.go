package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	positions "go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/socle-sante/socle/format/cda/check"
	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insi"
	"github.com/socle-sante/socle/format/soap"
	"github.com/socle-sante/socle/format/vihf"
	"github.com/socle-sante/socle/format/xmltree"
	"github.com/socle-sante/socle/internal/domain/acces"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/mss"
	"github.com/socle-sante/socle/internal/domain/psc"
	"github.com/socle-sante/socle/internal/shareddata"
)

// refused is one line of the catalogue.
type refused struct {
	id, code     string
	message, fix finding.Text
	where        string // file that declares it
}

// TestRefusalCatalogue renders docs/vendors/refus.md from the refusals the code declares, checks
// that each speaks both languages and says how to mend, and fails when the page is not up to date
// (go test ./internal/house -update).
func TestRefusalCatalogue(t *testing.T) {
	root := shareddata.Root(t)
	all := declared(t, root)
	for _, r := range slices.Concat(soap.Refusals(), vihf.Refusals(), insi.Refusals(), psc.Refusals(), compte.Refusals(), mss.Refusals()) {
		all = append(all, refused{id: r.ID, code: r.Code, message: r.Message, fix: r.Fix, where: "Refusals()"})
	}
	for _, id := range xmltree.IDs() {
		m, fix := xmltree.Sentences(id)
		all = append(all, refused{id: id, message: m, fix: fix, where: "format/xmltree"})
	}
	for id, e := range acces.Reasons {
		if strings.HasPrefix(id, "ACC-REFUS-") {
			r := acces.Decision{Reason: id}.Refusal()
			all = append(all, refused{id: id, code: "XDSRegistryError, XDSRepositoryError", message: r.Message, fix: e.Fix, where: "internal/domain/acces"})
		}
	}
	byID := map[string]refused{}
	for _, r := range all {
		if old, twice := byID[r.id]; twice && (old.message != r.message || old.fix != r.fix) {
			t.Errorf("%s says two things: in %s and in %s", r.id, old.where, r.where)
		}
		byID[r.id] = r
		for what, s := range map[string]finding.Text{"message": r.message, "fix": r.fix} {
			if s.FR == "" || s.EN == "" || s.FR == s.EN {
				t.Errorf("%s (%s): the %s does not speak both languages: %+v", r.id, r.where, what, s)
			}
		}
	}
	if len(byID) < 120 {
		t.Errorf("only %d refusals were found: the reading of the code is broken", len(byID))
	}
	for _, r := range check.Rules() {
		if r.Title.FR == "" || r.Title.EN == "" || r.Fix.FR == "" || r.Fix.EN == "" {
			t.Errorf("%s: title and fix are due in both languages", r.ID)
		}
		if _, twice := byID[r.ID]; twice {
			t.Errorf("%s is a rule and a refusal", r.ID)
		}
	}
	page := renderRefusals(byID)
	if m := regexp.MustCompile(`hors chapitre.*`).FindString(page); m != "" {
		t.Errorf("a new prefix asks for a chapter of its own: %s", m)
	}
	path := filepath.Join(root, "docs", "vendors", "refus.md")
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if have, _ := os.ReadFile(path); string(have) != page {
		t.Error("docs/vendors/refus.md is not up to date: go test ./internal/house -run TestRefusalCatalogue -update")
	}
}

// fixLabel is the way out of every fault of an INS Datamatrix, as format/insid says it; fixRow that
// of every remark about a row of an extraction.
var (
	fixLabel = finding.T("Lisez le code d'un document ou d'une étiquette qui porte l'INS d'une identité qualifiée, ou saisissez les traits.",
		"Read the code of a document or label that carries the INS of a qualified identity, or type the traits.")
	fixRow = finding.T("Voyez la ligne et la valeur citées dans le compte rendu de l'import.", "See the row and the value quoted in the account of the import.")
)

// spoken completes the refusals whose sentence depends on what is found.
var spoken = map[string]struct{ message, fix finding.Text }{
	"XDS-METADONNEE": {finding.T("Une métadonnée manque ou ne convient pas : la réponse nomme l'attribut et dit pourquoi.", "A metadata attribute is missing or not acceptable: the answer names it and says why."),
		finding.T("Donnez ou corrigez l'attribut nommé.", "Give or mend the attribute named.")},
	"XDS-REQUETE": {finding.T("La requête ITI-18 ne peut être servie : la réponse nomme le paramètre et dit pourquoi.", "The ITI-18 query cannot be served: the answer names the parameter and says why."),
		finding.T("Corrigez le paramètre nommé.", "Mend the parameter named.")},
	"FHIR-PARAMETRE": {finding.T("Un paramètre de recherche manque, n'existe pas ou ne se lit pas : la réponse le nomme, et donne le plus proche.", "A search parameter is missing, does not exist or cannot be read: the answer names it, and the nearest one."),
		finding.T("Corrigez le paramètre nommé.", "Mend the parameter named.")},
	"INS-DM-CHAMP": {finding.T("Un champ du Datamatrix INS manque, est répété, inconnu ou incomplet : la réponse le nomme.", "A field of the INS Datamatrix is missing, repeated, unknown or incomplete: the answer names it."),
		fixLabel},
	"INS-DM-ENTETE":    {finding.T("L'en-tête du Datamatrix INS (IS, version 01, 22 zéros) n'est pas celui attendu.", "The header of the INS Datamatrix (IS, version 01, 22 zeros) is not the one expected."), fixLabel},
	"INS-DM-VALEUR":    {finding.T("Une valeur du Datamatrix INS n'en est pas une : la réponse nomme le champ.", "A value of the INS Datamatrix is none: the answer names the field."), fixLabel},
	"INS-DM-AUTRE":     {finding.T("Ce code n'est pas un Datamatrix INS.", "This code is not an INS Datamatrix."), fixLabel},
	"RASS-ENCODAGE":    {finding.T("Le fichier n'est pas en UTF-8 : il est lu en Windows-1252, ou ses octets nuls sont ôtés.", "The file is not in UTF-8: it is read as Windows-1252, or its null bytes are taken out."), fixRow},
	"RASS-IDENTIFIANT": {finding.T("L'identifiant national de la personne manque ou sa clé est fausse.", "The national identifier of the person is missing or its key is wrong."), fixRow},
	"CDA-AUTRE-ID":     {finding.T("L'identifiant du document n'est pas celui des métadonnées.", "The document's id is not that of its metadata."), finding.Text{}},
}

// metadataCodes are the standard's codes that one id of ours travels under.
var metadataCodes = map[string]string{
	"XDS-METADONNEE": "XDSRepositoryMetadataError, XDSMissingDocument, XDSMissingDocumentMetadata, XDSPatientIdDoesNotMatch, XDSRepositoryDuplicateUniqueIdInMessage",
	"XDS-REQUETE":    "XDSRegistryError, XDSUnknownStoredQuery, XDSStoredQueryMissingParam, XDSStoredQueryParamNumber, XDSResultNotSinglePatient",
}

// declared reads the refusals that the code declares with their id in plain letters.
func declared(t *testing.T, root string) []refused {
	var out []refused
	seen := map[string]bool{}
	walkGo(t, root, func(path, text string) {
		if strings.HasSuffix(path, "_test.go") || !strings.Contains(text, "efusal") && !strings.Contains(text, "invalid(") && !strings.Contains(text, `"RASS-`) {
			return
		}
		f, err := parser.ParseFile(positions.NewFileSet(), path, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			r, ok := refusalOf(n)
			if !ok || r.id == "" {
				return true
			}
			r.where = filepath.ToSlash(path)
			if s, ok := spoken[r.id]; ok {
				if r.message.IsZero() || strings.HasPrefix(r.id, "INS-DM-") || r.id == "RASS-ENCODAGE" || r.id == "CDA-AUTRE-ID" {
					r.message = s.message
				}
				if r.fix.IsZero() || s.fix.FR != "" {
					r.fix = s.fix
				}
			}
			if c := metadataCodes[r.id]; c != "" {
				r.code = c
			}
			seen[r.id] = true
			out = append(out, r)
			return true
		})
	})
	for id := range spoken {
		if !seen[id] {
			t.Errorf("%s is no longer declared", id)
		}
	}
	return out
}

// refusalOf recognises finding.Refusal{ID: "…", …}, the functions that make them from words, and the
// remarks of an import.
func refusalOf(n ast.Node) (refused, bool) {
	switch x := n.(type) {
	case *ast.CompositeLit:
		sel, ok := x.Type.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Refusal" && sel.Sel.Name != "Finding" {
			return refused{}, false
		}
		var r refused
		for _, e := range x.Elts {
			kv, ok := e.(*ast.KeyValueExpr)
			if !ok {
				continue
			}
			switch fmt.Sprint(kv.Key) {
			case "ID":
				r.id = words(kv.Value)
			case "Code":
				r.code = words(kv.Value)
			case "Message":
				r.message = sentence(kv.Value)
			case "Fix":
				r.fix = sentence(kv.Value)
			}
		}
		return r, sel.Sel.Name == "Refusal" || strings.HasPrefix(r.id, "RASS-")
	case *ast.CallExpr:
		if m, ok := x.Fun.(*ast.SelectorExpr); ok && len(x.Args) == 4 {
			for _, id := range x.Args[:2] { // remark(id, …), refuse(file, id, …), warn(file, id, …)
				if id := words(id); strings.HasPrefix(id, "RASS-") {
					return refused{id: id, message: sentence(x.Args[3]), fix: fixRow}, m.Sel.Name != ""
				}
			}
		}
		name, ok := x.Fun.(*ast.Ident)
		switch {
		case ok && name.Name == "labelError" && len(x.Args) == 4:
			return refused{id: words(x.Args[0]), message: finding.T(words(x.Args[2]), words(x.Args[3])), fix: fixLabel}, true
		case ok && name.Name == "gateRefusal" && len(x.Args) == 6:
			return refused{id: words(x.Args[0]), code: words(x.Args[1]), message: finding.T(words(x.Args[2]), words(x.Args[3])), fix: finding.T(words(x.Args[4]), words(x.Args[5]))}, true
		case ok && name.Name == "invalid" && len(x.Args) == 4:
			return refused{id: words(x.Args[0]), code: "InvalidDocumentContent", message: sentence(x.Args[2]), fix: sentence(x.Args[3])}, true
		}
	}
	return refused{}, false
}

// words evaluates a string written in plain letters, joined by + or not.
func words(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(x.Value)
		return s
	case *ast.BinaryExpr:
		return words(x.X) + words(x.Y)
	}
	return ""
}

// sentence reads finding.T(…) and finding.Tf(…).
func sentence(e ast.Expr) finding.Text {
	c, ok := e.(*ast.CallExpr)
	if !ok || len(c.Args) < 2 {
		return finding.Text{}
	}
	return finding.T(words(c.Args[0]), words(c.Args[1]))
}

// chapters of the page, by the beginning of ids.
var chapters = []struct{ title, travel, prefix string }{
	{"XML (enveloppe ou document)", "Dans une enveloppe : faute SOAP `Sender`, HTTP 400 (413 au-delà d'une taille). Dans un document déposé : `RegistryResponse` `InvalidDocumentContent`. In an envelope: SOAP fault; in a deposited document: `RegistryResponse`.", `^XML-`},
	{"SOAP, MTOM, TLS", "Faute SOAP `Sender` (HTTP 400), `VersionMismatch` et `MustUnderstand` (HTTP 500). SOAP fault.", `^(SOAP|TLS)-`},
	{"VIHF", "Faute SOAP `Sender`, HTTP 400 ; `VIHF-OCCUPE` : HTTP 503. SOAP fault.", `^VIHF-`},
	{"Droits", "`RegistryResponse`, HTTP 200 (ITI-43 : document absent) ; FHIR et guichet : HTTP 403. Rights.", `^ACC-REFUS-`},
	{"Identité", "`RegistryResponse` ; guichet : HTTP 400, 404 ou 409. Identity.", `^INS-`},
	{"Dossier : métadonnées, documents, requêtes", "`RegistryResponse`, HTTP 200. Record: metadata, documents, queries.", `^(XDS|EBRIM|CDA|DMP)-`},
	{"INSi (téléservice)", "Faute SOAP, `siram:Erreur/@code` ; guichet d'identité : HTTP 503. SOAP fault.", `^INSI-`},
	{"Annuaire santé", "`OperationOutcome`. Directory.", `^ANN-`},
	{"Annuaire santé : import d'extractions", "Remarques du compte rendu d'import ; `RASS-VIDE` et `RASS-ENTETE` refusent le fichier. Account of an import.", `^RASS-`},
	{"Pro Santé Connect", "JSON `error` et `error_description` (l'identifiant y est), ou page. JSON `error`, or a page.", `^PSC-`},
	{"Connexion par un autre fournisseur", "Page. Sign-in by another provider: page.", `^(OIDC|FED)-`},
	{"FranceConnect fictif (démonstration)", "JSON `error` et `error_description`, ou page. JSON `error`, or a page.", `^FC-`},
	{"Comptes des citoyens", "Page. Accounts of citizens: page.", `^COMPTE-`},
	{"Délégation et administration d'une structure", "Page. Delegation: page.", `^ACC-(DELEGATION|ADMINISTRATEUR)`},
	{"FHIR", "`OperationOutcome` ; l'identifiant est dans `issue.details.coding.code`. The id is in `issue.details.coding.code`.", `^FHIR-`},
	{"Jetons et guichet d'identité", "Document `application/problem+json` ; l'identifiant est dans `id`. Tokens and identity desk.", `^(ACC-JETON|ACC-SUJET|GUICHET)`},
	{"Contrôle et règles officielles", "Ligne de commande ; document `application/problem+json`, ou page. Command line; `application/problem+json`, or a page.", `^(REGLES|CONTROLE)-`},
	{"Conversion CDA ↔ FHIR", "`socle convert`, état 1. Exit status 1.", `^FHIRMAP-`},
	{"Messagerie", "SMTP : code et code étendu, l'identifiant entre crochets ; IMAP : `NO` et l'identifiant ; pages. SMTP: code and enhanced code, the id in brackets; IMAP: `NO` and the id; pages.", `^MSS-`},
	{"IMAP", "`BAD` ou `NO`, l'identifiant entre parenthèses. IMAP answers.", `^IMAP-`},
	{"Courriels et archives XDM", "Composition refusée ; archive reçue : elle attend dans la bannette. Refused when written; an archive received waits in the tray.", `^(COURRIEL|XDM)-`},
	{"Pages", "Pages.", `^WEB-`},
}

func renderRefusals(byID map[string]refused) string {
	var ids []string
	for id := range byID {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	var b strings.Builder
	b.WriteString("# Les refus\n\nChaque refus porte un identifiant stable, dit en français et en anglais ce qui ne va pas, où, selon quelle règle, et comment corriger.\n" +
		"Une faute SOAP le porte dans `soap:Detail/r:Refus/@id` (espace de noms `" + soap.NSRefusal + "`), un `RegistryError` à la fin de la partie française de `codeContext` (`… #ID | …`).\n" +
		"Page faite à partir du code par `make docs` ; ne pas modifier à la main.\n\n" +
		"*English: every refusal has a stable id and says, in French and English, what is wrong, where, by which rule, and how to mend it. This page is made from the code.*\n")
	left := len(ids)
	for _, c := range chapters {
		in := regexp.MustCompile(c.prefix)
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| identifiant | code du standard | ce qui ne va pas | comment corriger |\n| --- | --- | --- | --- |\n", c.title, c.travel)
		for _, id := range ids {
			if r := byID[id]; in.MatchString(id) {
				left--
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", id, cell(r.code), bothCells(r.message), bothCells(r.fix))
			}
		}
	}
	if left != 0 {
		fmt.Fprintf(&b, "\nIdentifiants hors chapitre : %d.\n", left)
	}
	b.WriteString("\n## Règles de contenu des documents CDA\n\n`socle check` les applique toutes ; un dépôt est refusé (`InvalidDocumentContent`) sur une erreur si la sévérité configurée est `ci-sis`, " +
		"sur un avertissement si elle est `strict`. En `lenient` elles voyagent en avertissements de la réponse. Rules on the content of CDA documents.\n\n" +
		"| règle | niveau | au pire | ce qu'elle demande | comment corriger |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range check.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.ID, r.Level, severities[r.Severity], bothCells(r.Title), bothCells(r.Fix))
	}
	return b.String()
}

var severities = map[finding.Severity]string{finding.Error: "erreur", finding.Warning: "avertissement", finding.Info: "information"}

// verbs are the places where a sentence quotes what was found.
var verbs = regexp.MustCompile(`%[sdqcv]`)

func cell(s string) string {
	s = verbs.ReplaceAllString(s, "…")
	return strings.NewReplacer("&", "&amp;", "|", "\\|", "\n", " ", "<", "&lt;", ">", "&gt;").Replace(s)
}

func bothCells(t finding.Text) string { return cell(t.FR) + "<br>*" + cell(t.EN) + "*" }
