package compte_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/socle-sante/socle/format/finding"
	"github.com/socle-sante/socle/internal/domain/compte"
	"github.com/socle-sante/socle/internal/domain/ins"
)

var ctx = context.Background()

// TestPasskeys: what a key must be to sign somebody in.
func TestPasskeys(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*key)
		want   *finding.Refusal
	}{
		"as it should be":     {func(*key) {}, nil},
		"of another site":     {func(k *key) { k.origin = "https://espace.exemple.fr.pirate.example" }, compte.ErrPasskey},
		"nobody verified":     {func(k *key) { k.flags = present }, compte.ErrPasskey},
		"of somebody else":    {func(k *key) { k.user = []byte("inconnu") }, compte.ErrPasskey},
		"with another key":    {func(k *key) { k.private = (&key{}).fresh() }, compte.ErrPasskey},
		"counter going back":  {func(k *key) { k.count = 0 }, compte.ErrPasskeyCloned},
		"unknown credential":  {func(k *key) { k.id = []byte("0123456789abcdef") }, compte.ErrPasskey},
		"handle of nobody":    {func(k *key) { k.user = nil }, compte.ErrPasskey},
		"counter left behind": {func(k *key) { k.count = 4 }, compte.ErrPasskeyCloned},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			k := w.passkey(w.alice)
			for range 5 {
				if who, err := w.signIn(k); err != nil || who != w.alice.ID {
					t.Fatalf("%v %v", who, err)
				}
			}
			c.change(k)
			who, err := w.signIn(k)
			is(t, name, err, c.want)
			if c.want != nil && who != "" {
				t.Errorf("refused, and yet %s", who)
			}
		})
	}
}

// TestCeremoniesServeOnce, not after their time, and for the one they began with.
func TestCeremoniesServeOnce(t *testing.T) {
	w := newWorld(t)
	k := w.passkey(w.alice)
	options, token, err := w.c.BeginLogin()
	w.must(err)
	k.count++
	answer := k.get(options)
	_, err = w.c.FinishLogin(ctx, token, answer)
	is(t, "first", err, nil)
	_, err = w.c.FinishLogin(ctx, token, answer)
	is(t, "replayed", err, compte.ErrCeremony)
	_, other, err := w.c.BeginLogin()
	w.must(err)
	_, err = w.c.FinishLogin(ctx, other, answer)
	is(t, "in another ceremony", err, compte.ErrPasskey)

	options, token, err = w.c.BeginLogin()
	w.must(err)
	w.now = w.now.Add(6 * time.Minute)
	_, err = w.c.FinishLogin(ctx, token, k.get(options))
	is(t, "too late", err, compte.ErrCeremony)

	options, token, err = w.c.BeginRegistration(ctx, w.alice.ID)
	w.must(err)
	made := (&key{origin: site, flags: present | verified}).create(options)
	is(t, "another person ends it", w.c.FinishRegistration(ctx, citizen(w.bob), token, "", made), compte.ErrCeremony)
	is(t, "it is spent", w.c.FinishRegistration(ctx, citizen(w.alice), token, "", made), compte.ErrCeremony)
	for _, junk := range []string{"", "{}", "null", "[]", `{"id":"","rawId":"","type":"public-key","response":{}}`} {
		_, token, _ := w.c.BeginLogin()
		_, err := w.c.FinishLogin(ctx, token, []byte(junk))
		is(t, "junk "+junk, err, compte.ErrPasskey)
	}
}

func TestTenKeysAreEnough(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.passkey(w.alice)
	}
	_, _, err := w.c.BeginRegistration(ctx, w.alice.ID)
	is(t, "the eleventh", err, compte.ErrPasskeys)
	list, err := w.c.Passkeys(ctx, w.alice.ID)
	w.must(err)
	is(t, "of somebody else", w.c.RemovePasskey(ctx, citizen(w.bob), list[0].ID), compte.ErrPasskey)
	is(t, "removed", w.c.RemovePasskey(ctx, citizen(w.alice), list[0].ID), nil)
	is(t, "twice", w.c.RemovePasskey(ctx, citizen(w.alice), list[0].ID), compte.ErrPasskey)
	if list, _ := w.c.Passkeys(ctx, w.alice.ID); len(list) != 9 {
		t.Errorf("%d keys are left", len(list))
	}
}

// TestAfterAMergeOneSignsInAsWhoCounts: every means given to the identity that was absorbed leads to
// the one that stays, shows on its page, can be removed there, and comes back with a separation.
func TestAfterAMergeOneSignsInAsWhoCounts(t *testing.T) {
	w := newWorld(t)
	old := w.person("279035121500183", "PAT-TROIS", "F", "1979-03-28", "51215")
	k := w.passkey(old)
	w.must(w.c.SetMail(ctx, citizen(old), old.ID, mail))
	pivot := compte.Pivot{Issuer: "https://fc", Subject: "s", FamilyName: "CORSE", GivenNames: "Dominique", BirthDate: "1980-01-02", Gender: "male", BirthPlace: "2A004"}
	if who, err := w.c.Federated(ctx, pivot, "test"); err != nil || who != w.bob.ID {
		t.Fatal(who, err)
	}
	w.merge(w.alice, old)
	ways := map[string]func() (ins.PersonID, error){
		"passkey": func() (ins.PersonID, error) { return w.signIn(k) },
		"code": func() (ins.PersonID, error) {
			token, err := w.c.AskCode(ctx, mail, "1979-03-28", "192.0.2.1")
			w.must(err)
			return w.c.CheckCode(token, w.sent[mail])
		},
	}
	for name, way := range ways {
		if who, err := way(); err != nil || who != w.alice.ID {
			t.Errorf("%s: signed in as %s, not as %s (%v)", name, who, w.alice.ID, err)
		}
	}
	if list, err := w.c.Passkeys(ctx, w.alice.ID); err != nil || len(list) != 1 {
		t.Errorf("the key is not shown: %v %v", list, err)
	}
	if has, err := w.c.HasMail(ctx, w.alice.ID); err != nil || !has {
		t.Errorf("the address is not shown: %v", err)
	}
	if _, err := w.d.UnmergePersons(ctx, w.desk, w.alice.ID, old.ID, "erreur"); err != nil {
		t.Fatal(err)
	}
	if who, err := w.signIn(k); err != nil || who != old.ID {
		t.Errorf("separated, the key leads to %s (%v)", who, err)
	}
	w.merge(w.alice, old)
	is(t, "address ended", w.c.SetMail(ctx, citizen(w.alice), w.alice.ID, ""), nil)
	if has, _ := w.c.HasMail(ctx, w.alice.ID); has {
		t.Error("an address of before the merge outlives its end")
	}
	list, _ := w.c.Passkeys(ctx, w.alice.ID)
	is(t, "key removed", w.c.RemovePasskey(ctx, citizen(w.alice), list[0].ID), nil)
	if who, err := w.signIn(k); err == nil {
		t.Errorf("a removed key signs in as %s", who)
	}
}

// TestCodes: who gets one, how often, how many tries, for how long.
func TestCodes(t *testing.T) {
	w := newWorld(t)
	w.must(w.c.SetMail(ctx, citizen(w.alice), w.alice.ID, " Alice@Exemple.fr "))
	is(t, "taken by another", w.c.SetMail(ctx, citizen(w.bob), w.bob.ID, mail), compte.ErrMailTaken)
	for _, bad := range []string{"alice", "Alice <alice@exemple.fr>", "a@b@c", "a b@c.fr", "a@exemple.fr\r\nBcc: x@y.fr"} {
		is(t, bad, w.c.SetMail(ctx, citizen(w.bob), w.bob.ID, bad), compte.ErrMail)
	}
	// An address is proved before it is kept; the code that proves it signs nobody in.
	proof, err := w.c.ProveMail(ctx, citizen(w.bob), "Bob@Exemple.fr")
	w.must(err)
	_, err = w.c.CheckCode(proof, w.sent["bob@exemple.fr"])
	is(t, "a proof signs in", err, compte.ErrCode)
	proof, err = w.c.ProveMail(ctx, citizen(w.bob), "bob@exemple.fr")
	w.must(err)
	is(t, "proved by somebody else", w.c.ConfirmMail(ctx, citizen(w.alice), proof, w.sent["bob@exemple.fr"]), compte.ErrCode)
	proof, err = w.c.ProveMail(ctx, citizen(w.bob), mail)
	w.must(err)
	is(t, "another's address, whose code they cannot read", w.c.ConfirmMail(ctx, citizen(w.bob), proof, "000000"), compte.ErrCode)
	_, err = w.c.ProveMail(ctx, citizen(w.bob), "bob@exemple.fr")
	is(t, "a fourth proof", err, compte.ErrBrake)
	clear(w.sent)
	ask := func(to, birth, from string) string {
		t.Helper()
		token, err := w.c.AskCode(ctx, to, birth, from)
		w.must(err)
		return token
	}
	for what, in := range map[string][2]string{"wrong birth date": {mail, "1979-03-29"}, "unknown address": {"x@exemple.fr", "1979-03-28"}} {
		token := ask(in[0], in[1], "192.0.2.1")
		if len(w.sent) != 0 {
			t.Fatalf("%s: a code was sent", what)
		}
		_, err := w.c.CheckCode(token, "000000")
		is(t, what, err, compte.ErrCode)
	}
	token := ask(mail, "1979-03-28", "192.0.2.1")
	who, err := w.c.CheckCode(token, " "+w.sent[mail][:3]+" "+w.sent[mail][3:])
	if err != nil || who != w.alice.ID {
		t.Fatal(who, err)
	}
	_, err = w.c.CheckCode(token, w.sent[mail])
	is(t, "twice", err, compte.ErrCode)

	token = ask(mail, "1979-03-28", "192.0.2.1")
	for i := range 5 {
		_, err = w.c.CheckCode(token, "x")
		is(t, fmt.Sprint("try ", i), err, compte.ErrCode)
	}
	_, err = w.c.CheckCode(token, w.sent[mail])
	is(t, "the sixth try, though right", err, compte.ErrBrake)
	_, err = w.c.CheckCode(token, w.sent[mail])
	is(t, "afterwards", err, compte.ErrCode)

	_, err = w.c.AskCode(ctx, mail, "1979-03-28", "198.51.100.7")
	is(t, "the fourth code of an address", err, compte.ErrBrake)
	w.now = w.now.Add(16 * time.Minute)
	token = ask(mail, "1979-03-28", "192.0.2.1")
	w.now = w.now.Add(11 * time.Minute)
	_, err = w.c.CheckCode(token, w.sent[mail])
	is(t, "too late", err, compte.ErrCode)
}

// TestOneSubscriberIsOneHost: an IPv6 subscriber has 2^64 addresses and one brake.
func TestOneSubscriberIsOneHost(t *testing.T) {
	for from, want := range map[string]*finding.Refusal{
		"2001:db8:1:2:3:%x:5:6": compte.ErrBrake, "fe80::%x%%eth0": compte.ErrBrake, "192.0.2.%d": nil, "2001:db8:%x::1": nil,
	} {
		w := newWorld(t)
		var err error
		for i := range 21 {
			_, err = w.c.AskCode(ctx, fmt.Sprintf("a%d@exemple.fr", i), "1979-03-28", fmt.Sprintf(from, i+1))
		}
		is(t, from, err, want)
	}
}

// TestFederated: whom a pivot identity leads to.
func TestFederated(t *testing.T) {
	good := compte.Pivot{Issuer: "https://fc", Subject: "s", FamilyName: "Pat Trois", GivenNames: "Dominique", BirthDate: "1979-03-28", Gender: "female", BirthPlace: "51215"}
	for name, c := range map[string]struct {
		change func(*compte.Pivot)
		found  bool
	}{
		"same traits":       {func(*compte.Pivot) {}, true},
		"other name":        {func(p *compte.Pivot) { p.FamilyName = "PAT-QUATRE" }, false},
		"other given":       {func(p *compte.Pivot) { p.GivenNames = "Dominique Jean" }, false},
		"other day":         {func(p *compte.Pivot) { p.BirthDate = "1979-03-27" }, false},
		"other sex":         {func(p *compte.Pivot) { p.Gender = "male" }, false},
		"no sex":            {func(p *compte.Pivot) { p.Gender = "" }, false},
		"other place":       {func(p *compte.Pivot) { p.BirthPlace = "51216" }, false},
		"abroad":            {func(p *compte.Pivot) { p.BirthPlace, p.BirthCountry = "", "99109" }, false},
		"no subject":        {func(p *compte.Pivot) { p.Subject = "" }, false},
		"no issuer":         {func(p *compte.Pivot) { p.Issuer = "" }, false},
		"nothing":           {func(p *compte.Pivot) { *p = compte.Pivot{} }, false},
		"name of no letter": {func(p *compte.Pivot) { p.FamilyName = "--" }, false},
	} {
		w := newWorld(t)
		p := good
		c.change(&p)
		who, err := w.c.Federated(ctx, p, "test")
		if c.found != (err == nil) || c.found && who != w.alice.ID {
			t.Errorf("%s: %s %v", name, who, err)
		}
		if !c.found {
			is(t, name, err, compte.ErrPivot)
		}
	}
	// The link holds when the traits change; two persons with the same traits are never told apart.
	w := newWorld(t)
	_, err := w.c.Federated(ctx, good, "test")
	w.must(err)
	changed := good
	changed.FamilyName = "NOUVEAU"
	if who, err := w.c.Federated(ctx, changed, "test"); err != nil || who != w.alice.ID {
		t.Errorf("linked: %s %v", who, err)
	}
	w = newWorld(t)
	twin := w.person("279035121500183", "PAT-TROIS", "F", "1979-03-28", "51215")
	_, err = w.c.Federated(ctx, good, "test")
	is(t, "two of them", err, compte.ErrPivot)
	w.merge(w.alice, twin)
	if who, err := w.c.Federated(ctx, good, "test"); err != nil || who != w.alice.ID {
		t.Errorf("merged: %s %v", who, err)
	}
}
