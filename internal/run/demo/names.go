package demo

import "strings"

func words(s string) []string { return strings.Fields(s) }

// Names as people write them; the identity desk normalises them.
var (
	familyNames = words(`Abadie Adam Alvès André Arnaud Aubert Bailly Barbier Barthélémy Benoît Bernard Bertrand Besançon Blanc Bonnet Boulay Bourdin
Bouvier Brunet Carlier Cellier Chevallier Colin Cordier Coulibaly Da_Silva Daniel Delaunay Delmas Deschamps Diallo Dubois Dufresne Dumoulin Dupuy Duval
Étienne Fabre Ferrand Fontaine Fournier Gaillard Garcia Gauthier Gérard Germain Giraudet Gonçalvès Grosjean Guérin Guichard Guyot Haddad Hamon Hébert
Hoarau Huet Jacquet Joly Kervella Klein L'Hostis Lacombe Lafleur Laurent Le_Bihan Lebrun Lefèvre Lemaître Leroux Lévêque Maillard Mallet Marchand Marin
Masson Mercier Meunier Mézière Morel Muñoz N'Diaye Nguyen Noël Novák Orsini Payet Pelletier Perrin Picard Poirier Poulain Prévost Quéré Renard Renaud
Rivière Robin Rossi Royer Salaün Sanchez Sauvage Schmitt Tanguy Tessier Thévenin Toussaint Traoré Vallée Vasnier Verdier Vidal Villeneuve Vincent Weber Yıldız`)
	oldWomen   = words(`Jeanne Simone Odette Paulette Denise Ginette Yvonne Suzanne Thérèse Monique Jacqueline Françoise Marie-Thérèse Colette Andrée Geneviève`)
	midWomen   = words(`Nathalie Isabelle Sylvie Catherine Valérie Véronique Christine Marie-Claude Anne-Marie Brigitte Fatima Hélène Agnès Béatrice Cécile Corinne`)
	youngWomen = words(`Émilie Aurélie Mélanie Céline Élodie Julie Laura Camille Chloé Aïcha Noémie Mathilde Anaïs Léa Maëva Inès`)
	girls      = words(`Jade Louise Ambre Alba Emma Rose Zoé Lina Maïa Éléonore Héloïse Lou Agathe Nour Apolline`)
	oldMen     = words(`Marcel René Robert André Raymond Roger Lucien Fernand Gérard Jean-Claude Guy Émile Jacques Maurice Bernard Henri`)
	midMen     = words(`Philippe Pascal Éric Thierry Frédéric Jean-Luc Laurent Stéphane Hervé Gérald Mohamed François Didier Jean-Marc Xavier Gaël`)
	youngMen   = words(`Nicolas Julien Sébastien Jérôme Mickaël Kévin Guillaume Loïc Rémi Karim Benoît Cédric Mathieu Anthony Thomas Yoann`)
	boys       = words(`Gabriel Raphaël Léo Louis Noé Malo Aaron Gaspard Maël Elio Côme Timéo Adam Théodore Ibrahim`)
	secondW    = words(`Marie Anne Louise Jeanne Claire Rose Élisabeth Marguerite Madeleine Françoise`)
	secondM    = words(`Jean Louis Marie Pierre Paul Henri Joseph Charles Alain Antoine`)
	streets    = []string{"rue des Lilas", "rue du Moulin", "chemin des Vignes", "avenue de la République", "rue de l'Église", "impasse des Peupliers", "rue Jules-Ferry",
		"place de la Mairie", "route de Hautepierre", "quai de la Seille", "rue Victor-Hugo", "allée des Cerisiers", "rue du Stade", "boulevard Gambetta"}
	towns = [][2]string{{"99000", "Aurore"}, {"99100", "Valmont-sur-Seille"}, {"99200", "Hautepierre"}, {"99150", "Saint-Loup-des-Prés"}, {"99310", "Mirecourt-l'Abbaye"}}
)

// given draws from the list of a generation.
func givenNames(sex string, age int) []string {
	lists := [2][4][]string{{boys, youngMen, midMen, oldMen}, {girls, youngWomen, midWomen, oldWomen}}
	g := 0
	switch {
	case age >= 72:
		g = 3
	case age >= 46:
		g = 2
	case age >= 20:
		g = 1
	}
	if sex == "F" {
		return lists[1][g]
	}
	return lists[0][g]
}
