package check

const (
	sound = `JVBERi0xLjQKJSVFT0YK` // %PDF-1.4 %%EOF
	text  = `<text mediaType="application/pdf" representation="B64">` + sound
)

// fileFaults spoil the file inside the document.
var fileFaults = []fault{
	{base: "n1", old: sound, new: `JVBERi0xLjQKJSVFT0Y`, id: "CDA-05", sees: "19"},
	{base: "n1", old: sound, new: `JVBERi0xLjQKJSVFT0Y*`, id: "CDA-05", sees: "base64"},
	{base: "n1", old: sound, new: `@@%%#~ù` + sound, id: "CDA-05", sees: "@@"},
	{base: "n1", old: sound, new: `JVBERi0xLjQK-_VFT0YK`, id: "CDA-05", sees: "base64"},
	{base: "n1", old: sound, new: `data:application/pdf;base64,` + sound, id: "CDA-09", sees: "data:application/pdf;base64,"},
	{base: "n1", old: sound, new: `SlZCRVJpMHhMalFLSlNWRlQwWUs=`, id: "CDA-09", sees: "deux fois"},
	{base: "n1", old: sound, new: `255044462d312e340a2525454f460a00`, id: "CDA-09", sees: "hexadécimal"},
	{base: "n1", old: sound, new: ``, id: "CDA-09", sees: "vide"},
	{base: "n1", old: sound, new: `%PDF-1.4 %%EOF`, id: "CDA-09", sees: "%PDF-"},
	{base: "n1", old: sound, new: `-----BEGIN PDF----- ` + sound, id: "CDA-09", sees: "-----BEGIN"},
	{base: "n1", old: sound, new: `iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB`, id: "CDA-07", sees: "image/png"},
	{base: "n1", old: sound, new: `/9j/4AAQSkZJRgABAQEASABIAAD/2wBD`, id: "CDA-07", sees: "image/jpeg"},
	{base: "n1", old: sound, new: `UEsDBBQAAAAIAAAAIQAAAAAAAAAAAAAA`, id: "CDA-07", sees: "application/zip"},
	{base: "n1", old: sound, new: `PGh0bWw+PGJvZHk+Ym9uam91cjwvYm9keT4=`, id: "CDA-07", sees: "text/html"},
	{base: "n1", old: sound, new: `Qm9uam91ciwgY2VjaSBuJ2VzdCBwYXMgdW4gUERGLg==`, id: "CDA-07", sees: "Bonjour"},
	{base: "n1", old: `<text mediaType="application/pdf"`, new: `<text mediaType="image/jpeg"`, id: "CDA-07", sees: "application/pdf"},
	{base: "n1", old: sound, new: `JVBERi0xLjQKMSAwIG9iago8PD4+CmVuZG9iag==`, id: "CDA-08", sees: "%%EOF"},
	{base: "n1", old: sound, new: `JVBERi0xLjQKdHJhaWxlcjw8L0VuY3J5cHQgMyAwIFI+PgolJUVPRgo=`, id: "CDA-08", sees: "/Encrypt"},
	{base: "n1", old: text, new: `<text representation="B64">` + sound, id: "CDA-05", sees: "mediaType"},
	{base: "n1", old: text, new: `<text mediaType="application/pdf">` + sound, id: "CDA-05", sees: "B64"},
	{base: "bio", old: `<value mediaType="application/pdf" representation="B64">`, new: `<value mediaType="image/png" representation="B64">`, id: "CDA-07", sees: "image/png"},
	{base: "bio", old: sound, new: sound[:10], id: "CDA-05", sees: "base64"},
}
