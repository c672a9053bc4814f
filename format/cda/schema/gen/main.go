//go:build ignore

// Command gen writes the facts of the CDA schema from the folder that holds CDA_extended.xsd.
//
//	go run format/cda/schema/gen/main.go -from FOLDER -to format/cda/schema/cda.facts
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/socle-sante/socle/format/xsd"
)

func main() {
	from := flag.String("from", "", "folder of the official schema")
	to := flag.String("to", "cda.facts", "file to write")
	flag.Parse()
	facts, err := xsd.Notation(os.DirFS(*from), "CDA_extended.xsd")
	if err == nil {
		err = os.WriteFile(*to, facts, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
