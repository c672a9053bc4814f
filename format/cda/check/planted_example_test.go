package check

// kindsOfExamples are official examples of the kinds most exchanged.
var kindsOfExamples = []string{
	"LDL-SES_2022.01.xml", "LDL-EES_2022.01.xml", "IPS-FR_2024.01.xml", "VSM_1.4_2022.01.xml", "eP-MED-DM_2024.01_PosoStruct.xml", "VAC_2023.01.xml",
	"BIO-TROD_2024.01_COVID-19.xml", "BIO-CR-BIO_2024.01_TSH_1.xml", "DOC_NON_STRUCTURE_CDA-R2-N1.xml", "IMG-DA-IMG_2024.01_Mammo-Echo-Seins.xml", "IMG_CR_IMG_2024.01.xml",
}

// everywhere are edits that any of them takes.
var everywhere = []fault{
	{old: `extension="POCD_HD000040"`, new: `extension="POCD_HD00040"`, id: "CDA-01", sees: "POCD_HD00040"},
	{old: `<versionNumber value="`, new: `<versionNumber value="v`, id: "HDR-03", sees: "v", also: []string{"BIO-01"}},
	{old: `<signatureCode code="S"`, new: `<signatureCode code="I"`, id: "HDR-12", sees: "I"},
	{old: `<languageCode code="fr-FR"`, new: `<languageCode code="french"`, id: "HDR-04", sees: "french"},
	{old: `<birthTime value="19790328"`, new: `<birthTime value="19790230"`, id: "HDR-19", sees: "19790230", also: []string{"HDR-08"}},
	{old: `<family qualifier="BR">`, new: `<family qualifier="SP">`, id: "HDR-06", sees: "SP", also: []string{"HDR-05"}},
	{old: `<county>51215`, new: `<county>Dompremy`, id: "HDR-28", sees: "Dompremy"},
	{old: `<given qualifier="BR">`, new: `<given qualifier="AC">`, id: "HDR-06", sees: "AC", also: []string{"HDR-05"}},
	{old: `<templateId root="1.2.250.1.213.1.1.1.1"`, new: `<templateId root="1.2.250.1.213.1.1.1.1.1"`, id: "HDR-01", sees: "1.2.250.1.213.1.1.1.1"},
	{old: `root="1.2.250.1.213.1.4.10"`, new: `root="1.2.250.1.213.1.4.10."`, id: "HDR-19", sees: "1.2.250.1.213.1.4.10.", also: []string{"HDR-06", "HDR-22"}},
}

// exampleFaults spoil official examples; they are left out where these are absent.
var exampleFaults = func() []fault {
	list := []fault{
		{base: "IMG_CR_IMG_2024.01.xml", old: `code="121139"`, new: `code="121130"`, id: "IMG-01", sees: "121139"},
		{base: "LDL-SES_2022.01.xml", old: `unit="{tbl}"`, new: `unit="tbl"`, id: "TERM-01", sees: "tbl"},
		{base: "IPS-FR_2024.01.xml", old: `unit="{tablet}"`, new: `unit="comprimé"`, id: "TERM-01", sees: "comprimé"},
		{base: "IMG_CR_IMG_2024.01.xml", old: `unit="mL"`, new: `unit="cc"`, id: "TERM-01", sees: "cc"},
		{base: "BIO-CR-BIO_2024.01_TSH_1.xml", old: `unit="m[IU]/L"`, new: `unit="mUI/L"`, id: "TERM-01", sees: "mUI/L"},
		{base: "BIO-CR-BIO_2024.01_TSH_1.xml", old: `mediaType="application/pdf"`, new: `mediaType="image/png"`, id: "CDA-07", sees: "image/png"},
		{base: "DOC_NON_STRUCTURE_CDA-R2-N1.xml", old: `mediaType="application/pdf"`, new: `mediaType="image/jpeg"`, id: "CDA-07", sees: "image/jpeg"},
		{base: "DOC_NON_STRUCTURE_CDA-R2-N1.xml", old: `<templateId root="1.3.6.1.4.1.19376.1.2.20"/>`, new: `<templateId root="1.3.6.1.4.1.19376.1.2.20"/><templateId root="1.2.250.1.213.1.1.1.29"/>`, id: "HDR-02", sees: "4"},
	}
	for _, name := range kindsOfExamples {
		for _, f := range everywhere {
			f.base = name
			list = append(list, f)
		}
	}
	return list
}()
