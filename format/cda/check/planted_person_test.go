package check

const (
	ins      = `<id root="1.2.250.1.213.1.4.8" extension="279035121519979"/>`
	families = `<family qualifier="BR">PAT-TROIS</family>`
	givens   = `<given>DOMINIQUE</given><given qualifier="BR">DOMINIQUE</given>`
	sex      = `<administrativeGenderCode code="F" displayName="Féminin" codeSystem="2.16.840.1.113883.5.1"/>`
	born     = `<birthTime value="19790328"/>`
	author   = `<author><time value="20260314103000+0100"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234534765"/><code code="G15_10/SM03" displayName="Médecin - Biologie médicale (SM)" codeSystem="1.2.250.1.213.1.1.4.5"/>`
	lawyer   = `<legalAuthenticator><time value="20260314103000+0100"/><signatureCode code="S"/><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="801234534765"/>`
	sampler  = `<participant typeCode="PRF"><functionCode code="PRELV" displayName="Préleveur" codeSystem="1.2.250.1.213.1.1.4.2.280"/><time xsi:type="IVL_TS"><high value="20260314103000+0100"/></time><associatedEntity classCode="PROV"><id root="1.2.250.1.71.4.2.1" extension="801234567893"/><code code="G15_60" displayName="Infirmier" codeSystem="1.2.250.1.213.1.1.4.5"/>`
)

func authorWith(code string) string {
	return `<author><time value="20260314103000+0100"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234534765"/>` + code
}

// personFaults spoil the patient and those who take part.
var personFaults = []fault{
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.10" extension="279035121519979"/>`, id: "HDR-21", sees: "1.2.250.1.213.1.4.10", prod: true},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.11" extension="279035121519979"/>`, id: "HDR-21", sees: "1.2.250.1.213.1.4.11", prod: true},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.8" extension="279035121518989"/>`, id: "HDR-21", sees: "1.2.250.1.213.1.4.8"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.13" extension="279035121519979"/>`, id: "HDR-22", sees: "1.2.250.1.213.1.4.13"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.80" extension="279035121519979"/>`, id: "HDR-22", sees: "1.2.250.1.213.1.4.80"},
	{base: "n1", old: ins, new: ins + `<id root="1.2.250.1.213.1.4.2" extension="0123456789012345678901"/>`, id: "HDR-08", sees: "INS-C"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.8" extension="27903512151997"/>`, id: "HDR-08", sees: "15 caractères"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.8" extension="2790351215199"/>`, id: "HDR-08", sees: "15 caractères"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.8" extension="279O35121519979"/>`, id: "HDR-08", sees: "279O35121519979"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.8" extension="279035121519978"/>`, id: "HDR-08", sees: "78"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.8" extension="279032A21519900"/>`, id: "HDR-08", sees: "clé"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.8" extension="179035121519929"/>`, id: "HDR-08", sees: "sexe"},
	{base: "n1", old: ins, new: ins + `<id root="1.2.250.1.213.1.4.9" extension="279035121519979"/>`, id: "HDR-08", sees: "2 INS"},
	{base: "n1", old: ins, new: `<id root="1.2.250.1.213.1.4.8"/>`, id: "HDR-06", sees: "extension", also: []string{"HDR-08"}},
	{base: "n1", old: sex, new: `<administrativeGenderCode code="M" displayName="Masculin" codeSystem="2.16.840.1.113883.5.1"/>`, id: "HDR-08", sees: "sexe"},
	{base: "n1", old: born, new: `<birthTime value="19800328"/>`, id: "HDR-08", sees: "naissance"},
	{base: "n1", old: born, new: `<birthTime value="19790428"/>`, id: "HDR-08", sees: "naissance"},
	{base: "n1", old: families, new: `<family>PAT-TROIS</family>`, id: "HDR-06", sees: "qualifier", also: []string{"HDR-05"}},
	{base: "n1", old: families, new: `<family qualifier="SP">PAT-TROIS</family>`, id: "HDR-06", sees: "SP", also: []string{"HDR-05"}},
	{base: "n1", old: families, new: `<family qualifier="br">PAT-TROIS</family>`, id: "HDR-06", sees: "br", also: []string{"HDR-05"}},
	{base: "n1", old: families, new: families + `<family qualifier="BR">PAT</family>`, id: "HDR-06", sees: "2 fois"},
	{base: "n1", old: families, new: `<family qualifier="CL">PAT-TROIS</family>`, id: "HDR-05", sees: "family"},
	{base: "n1", old: givens, new: `<given qualifier="BR">DOMINIQUE</given>`, id: "HDR-05", sees: "name/given"},
	{base: "n1", old: givens, new: `<given>DOMINIQUE</given>`, id: "HDR-05", sees: "given[@qualifier='BR']"},
	{base: "n1", old: givens, new: `<given>DOMINIQUE</given><given qualifier="PR">DOMINIQUE</given>`, id: "HDR-06", sees: "PR", also: []string{"HDR-05"}},
	{base: "n1", old: sex, new: `<administrativeGenderCode code="X" displayName="Autre" codeSystem="2.16.840.1.113883.5.1"/>`, id: "HDR-07", sees: "X"},
	{base: "n1", old: sex, new: `<administrativeGenderCode nullFlavor="UNK"/>`, id: "HDR-05", sees: "administrativeGenderCode"},
	{base: "n1", old: born, new: ``, id: "HDR-07", sees: "birthTime", also: []string{"HDR-05"}},
	{base: "n1", old: born, new: `<birthTime value="28/03/1979"/>`, id: "HDR-07", sees: "28/03/1979", also: []string{"HDR-19", "HDR-08"}},
	{base: "n1", old: born, new: `<birthTime value="20790328"/>`, id: "CDA-06", sees: "20790328", also: []string{"CDA-16"}},
	{base: "n1", old: born, new: `<birthTime value="18790328"/>`, id: "CDA-16", sees: "18790328"},
	{base: "n1", old: born, new: born + `<sdtc:deceasedInd value="false"/><sdtc:deceasedTime value="20250101"/>`, id: "CDA-16", sees: "20250101"},
	{base: "n1", old: born, new: born + `<sdtc:deceasedInd value="true"/><sdtc:deceasedTime value="19700101"/>`, id: "CDA-16", sees: "19700101"},
	{base: "n1", old: `<county>51215</county>`, new: ``, id: "HDR-05", sees: "county", also: []string{"HDR-17"}},
	{base: "n1", old: `<county>51215</county>`, new: `<county>DOMPREMY</county>`, id: "HDR-28", sees: "DOMPREMY"},
	{base: "n1", old: `<county>51215</county>`, new: `<county>1215</county>`, id: "HDR-28", sees: "1215"},
	{base: "n1", old: author, new: authorWith(`<code code="G15_10/SCH10" displayName="Médecin - Chirurgie générale (SCH)" codeSystem="1.2.250.1.213.1.1.4.5"/>`), id: "TERM-06", sees: "G15_10/SCH10", also: []string{"HDR-09"}},
	{base: "n1", old: author, new: authorWith(`<code code="G15_10/SM03" displayName="Médecin - Biologie médicale (SM)" codeSystem="1.2.250.1.71.1.2.7"/>`), id: "HDR-09", sees: "1.2.250.1.71.1.2.7"},
	{base: "n1", old: author, new: authorWith(`<code code="BIOLOGISTE" displayName="Biologiste" codeSystem="1.2.250.1.213.1.1.4.5"/>`), id: "HDR-09", sees: "BIOLOGISTE"},
	{base: "n1", old: author, new: authorWith(`<code code="G15_10/SM03" codeSystem="1.2.250.1.213.1.1.4.5"/>`), id: "HDR-09", sees: "displayName"},
	{base: "n1", old: `<author><time value="20260314103000+0100"/>`, new: `<author>`, id: "HDR-09", sees: "time", also: []string{"CDA-02-ABSENT"}},
	{base: "n1", old: `<author><time value="20260314103000+0100"/>`, new: `<author><time value="202603141030"/>`, id: "CDA-15", sees: "202603141030"},
	{base: "n1", old: `<author><time value="20260314103000+0100"/>`, new: `<author><time value="hier"/>`, id: "HDR-09", sees: "hier", also: []string{"HDR-19"}},
	{base: "n1", old: `<assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234534765"/>`, new: `<assignedAuthor>`, id: "HDR-09", sees: "id", also: []string{"CDA-02-ABSENT"}},
	{base: "n1", old: `<assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234534765"/>`, new: `<assignedAuthor><id root="1.2.250.1.71.4.2.1"/>`, id: "HDR-09", sees: "extension"},
	{base: "n1", old: `<assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234534765"/>`, new: `<assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="10123453476"/>`, id: "HDR-26", sees: "10123453476"},
	{base: "n1", old: `<assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234534765"/>`, new: `<assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="80123453476"/>`, id: "HDR-26", sees: "80123453476"},
	{base: "n1", old: `<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1120459876"/>`, new: `<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="120459876"/>`, id: "HDR-26", sees: "120459876"},
	{base: "n1", old: `<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1120459876"/>`, new: `<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="3123456789"/>`, id: "HDR-26", sees: "3123456789"},
	{base: "n1", old: `<given>Marcel</given>`, new: `<given>Marcel</given><given>Jean</given>`, id: "HDR-10", sees: "given"},
	{base: "n1", old: `<family>BLEEDER</family>`, new: ``, id: "HDR-10", sees: "family"},
	{base: "n1", old: `<prefix>M</prefix>`, new: `<prefix>Monsieur</prefix>`, id: "HDR-10", sees: "Monsieur"},
	{base: "n1", old: `<suffix>DR</suffix>`, new: `<suffix>Docteur</suffix>`, id: "HDR-10", sees: "Docteur"},
	{base: "n1", old: `<signatureCode code="S"/>`, new: `<signatureCode code="X"/>`, id: "HDR-12", sees: "X"},
	{base: "n1", old: lawyer, new: `<legalAuthenticator><signatureCode code="S"/><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="801234534765"/>`, id: "HDR-12", sees: "time", also: []string{"CDA-02-ABSENT"}},
	{base: "n1", old: lawyer, new: `<legalAuthenticator><time value="20260314103000+0100"/><signatureCode code="S"/><assignedEntity>`, id: "HDR-12", sees: "id", also: []string{"CDA-02-ABSENT"}},
	{base: "n1", bytes: cut("<legalAuthenticator>", "</legalAuthenticator>"), id: "HDR-12", sees: "legalAuthenticator"},
	{base: "n1", bytes: cut("<custodian>", "</custodian>"), id: "HDR-11", sees: "custodian", also: []string{"CDA-02-ABSENT"}},
	{base: "n1", bytes: cut("<author>", "</author>"), id: "HDR-09", sees: "author", also: []string{"CDA-02-ABSENT"}},
	{base: "n1", bytes: cut("<componentOf>", "</componentOf>"), id: "HDR-15", sees: "componentOf"},
	{base: "n1", bytes: cut("<documentationOf>", "</documentationOf>"), id: "HDR-14", sees: "documentationOf"},
	{base: "n1", bytes: twice("<custodian>", "</custodian>"), id: "HDR-11", sees: "2 fois", also: []string{"CDA-02-NOMBRE"}},
	{base: "n1", bytes: twice("<recordTarget>", "</recordTarget>"), id: "HDR-03", sees: "2 fois"},
	{base: "n1", old: sampler, new: `<participant typeCode="PRESC"` + sampler[len(`<participant typeCode="PRF"`):], id: "HDR-13", sees: "PRESC"},
	{base: "n1", old: `<time xsi:type="IVL_TS"><high value="20260314103000+0100"/></time>`, new: ``, id: "HDR-13", sees: "time"},
	{base: "n1", old: `<associatedEntity classCode="PROV">`, new: `<associatedEntity classCode="PAT">`, id: "HDR-13", sees: "PAT"},
	{base: "n1", old: `<code code="G15_60" displayName="Infirmier" codeSystem="1.2.250.1.213.1.1.4.5"/>`, new: `<code code="IDE" displayName="Infirmier" codeSystem="1.2.250.1.213.1.1.4.5"/>`, id: "HDR-13", sees: "IDE"},
	{base: "n1", old: `<functionCode code="PRELV"`, new: `<functionCode code="PRELEVEUR"`, id: "HDR-13", sees: "PRELEVEUR"},
	{base: "bio", bytes: cut("<responsibleParty>", "</responsibleParty>"), id: "BIO-10", sees: "responsibleParty"},
	{base: "bio", old: `<templateId root="1.3.6.1.4.1.19376.1.3.3.1.5"/>`, new: ``, id: "BIO-10", sees: "1.3.6.1.4.1.19376.1.3.3.1.5"},
}
