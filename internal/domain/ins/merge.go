package ins

import (
	"slices"
	"strings"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
)

// waiting tells whether one matricule is the waiting number (NIA) the other took the place of.
// spec: INS §1 (NIA)
func waiting(old, now insid.INS) bool { return old.OID == oid.INSNIA && now.OID == oid.INSNIR }

// Merging is what is said when two identities are merged.
type Merging struct {
	By     string
	Reason string // mandatory, in the operator's words
	// SamePerson states that both matricules are of one person though nothing else shows it;
	// OtherTraits that the strict traits that differ were compared.
	SamePerson  bool
	OtherTraits bool
}

// maxAbsorbed bounds the identities merged into one: beyond, something else is wrong.
const maxAbsorbed = 32

// Merge makes lose part of keep: two identities of one person. Nothing of lose is altered but
// what it carries; keep receives its matricules (history) and local identifiers. Both results, or a refusal.
// spec: INS §8 (merge)
func Merge(keep, lose Person, m Merging, now time.Time) (Person, Person, error) {
	if err := mergeable(keep, lose, m); err != nil {
		return keep, lose, err
	}
	k, l := keep, lose
	a := Absorbed{ID: lose.ID, At: now, By: m.By, Reason: m.Reason}
	for _, id := range append([]insid.INS{lose.INS}, lose.History...) {
		if !id.IsZero() && id != keep.INS && !slices.Contains(keep.History, id) && !slices.Contains(a.History, id) {
			a.History = append(a.History, id)
		}
	}
	for _, f := range append([]Former{{INS: lose.INS}}, lose.Former...) {
		if !f.INS.IsZero() && f.INS != keep.INS && !keep.Carried(f.INS) && !slices.ContainsFunc(a.Former, func(x Former) bool { return x.INS == f.INS }) {
			a.Former = append(a.Former, f)
		}
	}
	for _, id := range lose.Local {
		if !slices.Contains(keep.Local, id) {
			a.Local = append(a.Local, id)
		}
	}
	k.History = append(slices.Clip(keep.History), a.History...)
	k.Former = append(slices.Clip(keep.Former), a.Former...)
	k.Local = append(slices.Clip(keep.Local), a.Local...)
	k.Absorbed = append(slices.Clip(keep.Absorbed), a)
	k.ModifiedAt = now
	k.Remember(Change{At: now, By: m.By, What: Absorbing, Detail: m.Reason, Before: keep.Status, INS: lose.INS, Other: lose.ID})

	l.MergedInto, l.Held, l.HeldStatus = keep.ID, lose.INS, lose.Status
	l.INS = insid.INS{}
	l.Status = StatusOf(false, lose.Status == Validee || lose.Status == Qualifiee)
	l.ModifiedAt = now
	l.Remember(Change{At: now, By: m.By, What: Merged, Detail: m.Reason, Before: lose.Status, INS: lose.INS, Other: keep.ID})
	return k, l, nil
}

// mergeable refuses what would mix two people, or lose the better of two identities.
func mergeable(keep, lose Person, m Merging) error {
	switch {
	case keep.ID == lose.ID:
		return ErrMerge.Saying(finding.T("Une identité ne se fusionne pas avec elle-même.", "An identity is not merged with itself."))
	case keep.MergedInto != "":
		return ErrMerged.At(string(keep.MergedInto))
	case lose.MergedInto != "":
		return ErrMerged.At(string(lose.MergedInto))
	case keep.Fictive != lose.Fictive:
		return ErrMerge.Saying(finding.T("L'une des deux identités est fictive, l'autre non.", "One of the two identities is fictive, the other is not."))
	case keep.Douteuse || lose.Douteuse:
		return ErrDoubtful
	case lose.Status > keep.Status:
		r := ErrMerge.At("status")
		r.Message = finding.T("L'identité à fusionner est "+lose.Status.Text().FR+", celle à conserver seulement "+keep.Status.Text().FR+".",
			"The identity to merge is "+lose.Status.Text().EN+", the one to keep only "+keep.Status.Text().EN+".")
		r.Fix = finding.T("Échangez les deux : l'identité la plus sûre est celle que l'on garde.", "Swap the two: the surer identity is the one to keep.")
		return r
	case len(keep.Absorbed) >= maxAbsorbed:
		return ErrMerge.Saying(finding.Tf("Déjà %d identités sont fusionnées dans celle-ci.", "%d identities are merged into this one already.", maxAbsorbed))
	}
	if strings.TrimSpace(m.Reason) == "" {
		return ErrReason
	}
	if r := checkReason(m.Reason); r != nil {
		return r
	}
	if !keep.INS.IsZero() && !lose.INS.IsZero() && !m.SamePerson &&
		!waiting(lose.INS, keep.INS) && !waiting(keep.INS, lose.INS) && !keep.Carried(lose.INS) && !lose.Carried(keep.INS) {
		r := ErrMerge.At("ins").Saying(finding.T("Les deux identités portent deux matricules actifs différents : deux personnes, tant que rien ne dit le contraire.",
			"The two identities carry two different active matricules: two people, as long as nothing says otherwise."))
		r.Fix = finding.T("Vérifiez les deux matricules auprès d'INSi. Si l'un remplace l'autre (NIA puis NIR, historique INSHISTO) ou si la même personne est certaine, dites-le (meme_personne).",
			"Verify both matricules with INSi. If one replaces the other (NIA then NIR, INSHISTO history) or if it is certainly one person, say so (meme_personne).")
		return r
	}
	if diff := keep.Traits.Differences(lose.Traits); len(diff) > 0 && !m.OtherTraits {
		r := ErrMerge.At(strings.Join(diff, ", ")).Saying(finding.T("Les traits stricts des deux identités diffèrent.", "The strict traits of the two identities differ."))
		r.Fix = finding.T("Comparez-les avec les pièces d'identité, puis confirmez (traits_compares).", "Compare them with the identity documents, then confirm (traits_compares).")
		return r
	}
	return nil
}

// Separate undoes a merge: both identities are again what they were, apart from what happened to
// keep since and from their history. The matricule comes back to lose unless taken says that
// somebody else carries it now.
// spec: INS §8 (unmerge)
func Separate(keep, lose Person, by, reason string, taken bool, now time.Time) (Person, Person, error) {
	i := slices.IndexFunc(keep.Absorbed, func(a Absorbed) bool { return a.ID == lose.ID })
	if i < 0 || lose.MergedInto != keep.ID {
		return keep, lose, ErrNotMerged
	}
	if strings.TrimSpace(reason) == "" {
		return keep, lose, ErrReason
	}
	if r := checkReason(reason); r != nil {
		return keep, lose, r
	}
	k, l, a := keep, lose, keep.Absorbed[i]
	k.History = slices.DeleteFunc(slices.Clone(keep.History), func(id insid.INS) bool { return slices.Contains(a.History, id) })
	k.Former = slices.DeleteFunc(slices.Clone(keep.Former), func(f Former) bool {
		return slices.ContainsFunc(a.Former, func(x Former) bool { return x.INS == f.INS })
	})
	k.Local = slices.DeleteFunc(slices.Clone(keep.Local), func(id LocalID) bool { return slices.Contains(a.Local, id) })
	k.Absorbed = slices.Delete(slices.Clone(keep.Absorbed), i, i+1)
	k.ModifiedAt = now
	k.Remember(Change{At: now, By: by, What: Separating, Detail: reason, Before: keep.Status, INS: lose.Held, Other: lose.ID})

	before := lose.Status
	l.MergedInto, l.Held, l.HeldStatus = "", insid.INS{}, 0
	if taken {
		l.History = append(slices.Clip(lose.History), lose.Held)
	} else {
		l.INS, l.Status = lose.Held, lose.HeldStatus
	}
	l.ModifiedAt = now
	l.Remember(Change{At: now, By: by, What: Separated, Detail: reason, Before: before, INS: l.INS, Other: keep.ID})
	return k, l, nil
}

// ErrMerge refuses a merge.
var ErrMerge = &finding.Refusal{ID: "INS-FUSION", Kind: finding.Conflict, Rule: "RNIV, fusion",
	Message: finding.T("Ces deux identités ne peuvent être fusionnées.", "These two identities cannot be merged."),
	Fix:     finding.T("Comparez-les d'abord.", "Compare them first.")}
