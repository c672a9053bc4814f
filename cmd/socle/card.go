package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/socle-sante/socle/internal/run"
)

// cardCmd is about the virtual cards of a demo's test authority.
type cardCmd struct {
	New    cardNewCmd    `cmd:"" help:"Issue a card or a certificate."`
	List   cardListCmd   `cmd:"" help:"List cards and certificates."`
	Revoke cardRevokeCmd `cmd:"" help:"Revoke one: a running demo refuses it within the second."`
	Vitale cardVitaleCmd `cmd:"" help:"Print the assertion a carte Vitale gives for a matricule."`
}

type cardNewCmd struct {
	Data         string   `default:"socle-data" type:"path" help:"Data folder of a demo."`
	Kind         string   `default:"CPS" help:"CPS, CPF, CPE, CDE, CPA, ORG or SERV."`
	ID           string   `arg:"" help:"PS_IdNat of the holder (8+RPPS), or Struct_IdNat for ORG and SERV."`
	Surname      string   `help:"Exercise name of the holder."`
	Given        string   `help:"Given name."`
	Title        string   `help:"Profession in words."`
	Organisation string   `help:"Raison sociale (ORG, SERV)."`
	Department   string   `help:"As in «Paris (75)» (ORG, SERV)."`
	CommonName   string   `name:"cn" help:"Service name, INSI-AUTO for instance (ORG, SERV)."`
	Host         []string `help:"Names and addresses of a server (SERV)."`
	Out          string   `help:"Name of the files in DIR/pki."`
	P12          string   `name:"p12" help:"Also write a PKCS #12 file under this password."`
	Days         int      `help:"Days of validity; three years if absent."`
	Expired      bool     `help:"Make one that has expired, for trials."`
	ECDSA        bool     `name:"ecdsa" help:"P-256 key instead of RSA 2048."`
	JSON         bool     `name:"json" help:"Print JSON."`
}

func (c *cardNewCmd) Run(s *streams) error {
	card, err := run.NewCard(c.Data, run.CardRequest{Kind: c.Kind, ID: c.ID, Surname: c.Surname, Given: c.Given, Title: c.Title,
		Organisation: c.Organisation, Department: c.Department, CommonName: c.CommonName, Hosts: c.Host, File: c.Out, P12: c.P12,
		Days: c.Days, Expired: c.Expired, ECDSA: c.ECDSA}, time.Now())
	if err != nil {
		return err
	}
	return s.card(card, c.JSON)
}

type cardListCmd struct {
	Data string `default:"socle-data" type:"path" help:"Data folder of a demo."`
	JSON bool   `name:"json" help:"Print JSON, one object a line."`
}

func (c *cardListCmd) Run(s *streams) error {
	list, err := run.ListCards(c.Data, time.Now())
	if err != nil {
		return err
	}
	for _, card := range list {
		if err := s.card(card, c.JSON); err != nil {
			return err
		}
	}
	return nil
}

type cardRevokeCmd struct {
	Data   string `default:"socle-data" type:"path" help:"Data folder of a demo."`
	Serial string `arg:"" help:"Serial number, hexadecimal (as listed) or decimal."`
	Reason int    `default:"1" help:"Reason code of RFC 5280 (1 key compromise, 4 superseded, 5 cessation)."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *cardRevokeCmd) Run(s *streams) error {
	card, err := run.RevokeCard(c.Data, c.Serial, c.Reason, time.Now())
	if err != nil {
		return err
	}
	return s.card(card, c.JSON)
}

type cardVitaleCmd struct {
	Data      string `default:"socle-data" type:"path" help:"Data folder of a demo."`
	Matricule string `arg:"" help:"Matricule with its key, 15 characters."`
}

func (c *cardVitaleCmd) Run(s *streams) error {
	b, err := run.VitaleAssertion(c.Data, c.Matricule, time.Now())
	if err == nil {
		fmt.Fprintf(s.out, "%s\n", b)
	}
	return err
}

// card prints one card.
func (s *streams) card(c run.Card, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(s.out).Encode(c)
	}
	_, err := fmt.Fprintf(s.out, "%-32s %-4s %-8s %s  %-24s %s\n", c.Serial, c.Kind, c.State, c.NotAfter.Format("2006-01-02"), c.Holder, c.Name)
	return err
}
