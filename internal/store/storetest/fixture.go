package storetest

import (
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/socle-sante/socle/format/insid"
	"github.com/socle-sante/socle/format/oid"
	"github.com/socle-sante/socle/format/xds"
	"github.com/socle-sante/socle/internal/domain/dmp"
	"github.com/socle-sante/socle/internal/domain/evenement"
	"github.com/socle-sante/socle/internal/domain/ins"
	"github.com/socle-sante/socle/internal/domain/journal"
)

// at is the time of the fixtures.
var at = time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC)

// PersonID gives the id of the n-th fictitious person.
func PersonID(n int) ins.PersonID {
	return ins.PersonID(fmt.Sprintf("01900000-0000-7000-8000-%012x", n))
}

func uuid(n int) string { return fmt.Sprintf("urn:uuid:11111111-2222-4333-8444-%012x", n) }

// Person makes the n-th fictitious person.
func Person(n int) *ins.Person {
	return &ins.Person{
		ID: PersonID(n), INS: insid.INS{Matricule: insid.Matricule(fmt.Sprintf("2550699%06d00", n)), OID: oid.INSNIRTest},
		Status: ins.Qualifiee, BirthTown: "Paris", Fictive: true, CreatedAt: at, ModifiedAt: at,
		Traits: ins.Traits{
			BirthName: "PATIENT-TEST", FirstGiven: "DOMINIQUE", Givens: "DOMINIQUE MARIE", Sex: "F",
			BirthDate: "1955-06-15", BirthPlace: "75116", UsedName: "ÉLÉGANTE D'ORÉE", UsedGiven: "Zoé",
		},
		Evidence: ins.Evidence{Kind: "CNI", Date: "2026-03-14", Operator: "899700000001"},
		Local:    []ins.LocalID{{Value: "42", Authority: "1.2.3"}},
	}
}

// Deposit makes the n-th document of a person: a unit such as a door makes, with its entry,
// submission set, association, leaf and event.
func Deposit(person ins.PersonID, n int, body []byte) dmp.Unit {
	id := fmt.Sprintf("1.2.250.1.999.1.1.8121.%d", n)
	entry := &xds.DocumentEntry{
		EntryUUID: uuid(3 * n), LogicalID: uuid(3 * n), Version: 1, Status: xds.Approved, UniqueID: id,
		RepositoryID: "1.2.250.1.999.1", PatientID: "255069999999934^^^&1.2.250.1.213.1.4.10&ISO^NH",
		SourcePatientID: "42^^^&1.2.3&ISO^PI", SourcePatientInfo: []string{"PID-5|PATIENT-TEST^DOMINIQUE^^^^^L", "PID-7|19550615", "PID-8|F"},
		Title: "CR d'examens biologiques", Language: "fr-FR", MimeType: "text/xml", Hash: fmt.Sprintf("%x", sha1.Sum(body)), Size: int64(len(body)),
		CreationTime: "20260314092653", ServiceStart: "20260313080000", ServiceStop: "20260313081500",
		Class:           xds.Code{Code: "11", System: "1.2.250.1.213.1.1.4.1", Display: "Résultats d'examens"},
		Type:            xds.Code{Code: "11502-2", System: "2.16.840.1.113883.6.1", Display: "CR d'examens biologiques"},
		Format:          xds.Code{Code: "urn:ihe:lab:xd-lab:2008", System: "1.3.6.1.4.1.19376.1.2.3", Display: "CR de biologie"},
		Facility:        xds.Code{Code: "SA25", System: "1.2.250.1.71.4.2.4", Display: "Laboratoire de biologie médicale"},
		Practice:        xds.Code{Code: "AMBULATOIRE", System: "1.2.250.1.213.1.1.4.9", Display: "Ambulatoire"},
		Confidentiality: []xds.Code{{Code: "N", System: xds.ConfidentialitySystem, Display: "Normal"}},
		Authors: []xds.Author{{
			Person:       "899700000001^BIOLOGISTE^ALIX^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
			Institutions: []string{"LABORATOIRE DES ESSAIS^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750000001"},
			Roles:        []string{"Biologiste responsable"}, Specialties: []string{"G15_10/SM03^Biologie médicale^1.2.250.1.71.4.2.5"},
		}},
		LegalAuth: "899700000001^BIOLOGISTE^ALIX^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
		Extra:     []xds.Slot{{Name: "urn:example:x", Values: []string{"1", "2"}}},
	}
	set := &xds.SubmissionSet{
		EntryUUID: uuid(3*n + 1), UniqueID: id + ".1", SourceID: "1.2.250.1.999.2", PatientID: entry.PatientID, Status: xds.Approved,
		Title: "Dépôt", SubmissionTime: "20260314092653", ContentType: entry.Class, Authors: entry.Authors,
	}
	link := &xds.Association{EntryUUID: uuid(3*n + 2), Type: xds.HasMember, Source: set.EntryUUID, Target: entry.EntryUUID, Status: xds.Approved, SetStatus: "Original"}
	return dmp.Unit{
		Bodies: []dmp.Body{{Person: person, UniqueID: id, Bytes: body, SHA1: sha1.Sum(body), SHA256: sha256.Sum256(body), Digest: []byte(`{"title":"` + entry.Title + `"}`)}},
		Do: func(tx dmp.Tx) error {
			if _, err := tx.OwnerOfDocument(id); err == nil {
				return dmp.ErrExists
			}
			if err := tx.PutSet(person, set); err != nil {
				return err
			}
			if err := tx.PutEntry(person, entry); err != nil {
				return err
			}
			if err := tx.PutAssociation(person, link); err != nil {
				return err
			}
			if err := tx.Leaf(Leaf(person, journal.Submit, id)); err != nil {
				return err
			}
			return tx.Event(evenement.Event{Time: at, Kind: evenement.DocumentDeposited, Person: string(person), UniqueID: id, Actor: "899700000001"})
		},
	}
}

// Leaf makes a journal record.
func Leaf(person ins.PersonID, action journal.Action, uniqueID string) journal.Record {
	return journal.Record{
		Time: at, Person: string(person), Action: action, UniqueID: uniqueID, Title: "CR d'examens biologiques",
		Outcome: journal.Success, Mode: "normal", Door: "xdsb",
		Actor: journal.Actor{ID: "899700000001", Name: "Alix BIOLOGISTE", Role: "biologiste", Structure: "1750000001", Place: "LABORATOIRE DES ESSAIS"},
	}
}

// Body makes bytes that compress about as a CDA with an embedded PDF does.
func Body(seed uint64, size int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, size)
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for len(b) < size {
		if len(b)%4096 < 2048 {
			b = fmt.Appendf(b, `<observation classCode="OBS" moodCode="EVN"><code code="%d-%d" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value="%d.%d" unit="mmol/L"/></observation>`, r.IntN(99999), r.IntN(10), r.IntN(300), r.IntN(10))
			continue
		}
		for v, i := r.Uint64(), 0; i < 10; i++ {
			b = append(b, letters[v&63])
			v >>= 6
		}
	}
	return b[:size]
}

// ID gives the uniqueId of the n-th document of Deposit.
func ID(n int) string { return fmt.Sprintf("1.2.250.1.999.1.1.8121.%d", n) }

var equal = cmp.Options{cmpopts.EquateEmpty()}
