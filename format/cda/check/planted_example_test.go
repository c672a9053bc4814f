package check

// exampleFaults spoil official examples, one of each kind; they are left out where these are absent.
var exampleFaults = []fault{
	{base: "IMG_CR_IMG_2024.01.xml", old: `code="121139"`, new: `code="121130"`, id: "IMG-01", sees: "121139"},
}
