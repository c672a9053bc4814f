package psc_test

import (
	"encoding/json"
	"os"
	"os/signal"
	"path/filepath"
	"testing"
	"time"

	"github.com/socle-sante/socle/internal/domain/psc"
	doorpsc "github.com/socle-sante/socle/internal/door/psc"
)

// TestServe serves a small provider for foreign clients and for the eye, until interrupted:
// SOCLE_PSC_SERVE=DIR go test -run TestServe -timeout 0 ./internal/door/psc writes DIR/endpoints.json.
func TestServe(t *testing.T) {
	dir := os.Getenv("SOCLE_PSC_SERVE")
	if dir == "" {
		t.Skip("SOCLE_PSC_SERVE is not set")
	}
	w := newWorld(t, func(c *psc.Config, _ *doorpsc.Door) { c.AskInterval = time.Second })
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var clients []map[string]any
	for _, id := range []string{"logiciel-alpha", "logiciel-beta", "proxy-structure", "logiciel-signe", "lie"} {
		c := w.clients[id]
		clients = append(clients, map[string]any{"client_id": c.ID, "client_secret": c.Secret, "auth": c.Auth, "structure": c.Structure, "redirect_uris": c.RedirectURIs,
			"post_logout_redirect_uris": c.PostLogoutRedirectURIs, "userinfo_signed_response_alg": c.UserInfoAlg})
	}
	raw, _ := json.MarshalIndent(map[string]any{
		"web": w.webURL(), "psc_issuer": w.p.Issuer(), "psc_exchange": w.p.Exchange, "psc_clients": clients, "ca_file": file("ca.pem", w.authority.TrustPEM()), "pdsm": w.p.Base + "/api",
		"structures": []any{map[string]any{"id": cabinet, "client_cert": file("cabinet.pem", w.creds["cabinet"].CertificatePEM()), "client_key": file("cabinet-key.pem", w.keyPEM("cabinet"))},
			map[string]any{"id": hopital, "client_cert": file("hopital.pem", w.creds["hopital"].CertificatePEM()), "client_key": file("hopital-key.pem", w.keyPEM("hopital"))}},
		"personas": []any{map[string]any{"id": "gp", "role": "medecin_generaliste", "id_nat": martin, "structure": cabinet, "login": w.webURL() + "/connexion/" + martin, "ecps": w.webURL() + w.door.ECPSPath(martin)}},
	}, "", "  ")
	file("endpoints.json", raw)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
}
