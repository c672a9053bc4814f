package web

var wordsSpace = words{
	"space.title":    w("Mon espace santé", "My health space"),
	"space.hello":    w("Bonjour %s", "Hello %s"),
	"space.lead":     w("Voici les documents de votre dossier, du plus récent au plus ancien.", "Here are the documents of your record, newest first."),
	"space.new.one":  w("%d document est arrivé depuis votre dernière visite.", "%d document has arrived since your last visit."),
	"space.new.many": w("%d documents sont arrivés depuis votre dernière visite.", "%d documents have arrived since your last visit."),
	"space.closed":   w("Votre dossier n'est pas ouvert : aucun document ne peut y être lu ni déposé.", "Your record is not open: no document can be read or deposited in it."),
	"space.reopen":   w("Voir mes choix", "See my choices"),
}
