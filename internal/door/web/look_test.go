package web_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"

	"github.com/socle-sante/socle/internal/domain/ins/registre"
	"github.com/socle-sante/socle/internal/shareddata"
)

// TestLook serves the small territory for somebody who wants to look at it:
// SOCLE_WEB_LOOK=127.0.0.1:8099 go test -run TestLook -timeout 0 ./internal/door/web
func TestLook(t *testing.T) {
	addr := os.Getenv("SOCLE_WEB_LOOK")
	if addr == "" {
		t.Skip("set SOCLE_WEB_LOOK to an address to look at the pages")
	}
	w := newWorld(t)
	w.administer()
	w.correspond()
	w.door.INSi = registre.Sandbox()
	w.examples(shareddata.Dir(t, "cda"))
	fmt.Printf("%d examples deposited, %d refused\n", w.deposited, w.refused)
	l, err := net.Listen("tcp", addr)
	must(t, err)
	fmt.Printf("record /patient/%s\n", w.dominique.ID)
	for name, e := range w.documents {
		fmt.Println(name, w.door.DocumentPath(w.dominique.ID, e))
	}
	mux := http.NewServeMux()
	w.door.Register(mux)
	t.Fatal(http.Serve(l, mux))
}
