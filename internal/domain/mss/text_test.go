package mss

import "testing"

func TestSearchedTextHoldsTheMSSanteHeaders(t *testing.T) {
	text := searched([]byte("From: A <a@b.fr>\r\nX-MSS-CODECDA: 34112-3,PRESC-BIO\r\nX-MSS-INS: O\r\nX-MSS-NIL: DEV1\r\nX-MSS-MES: FIN\r\n\r\n"))
	for field, want := range map[int]string{TextFrom: "a <a@b.fr>", TextTo: "", TextCodes: "34112-3,presc-bio", TextINS: "o", TextNIL: "dev1", TextMES: "fin"} {
		if got := Field(text, field); got != want || !HasField(text, field) {
			t.Errorf("field %d: %q, want %q", field, got, want)
		}
	}
	old := "a\nb\nc\nd\ne" // as texts were before
	if !HasField(old, TextMessageID) || HasField(old, TextCodes) {
		t.Error("an old text claims to know the MSSanté headers, or not its own")
	}
	if broken := searched(nil); !HasField(broken, TextMES) {
		t.Error("a header that does not read leaves a text of another shape")
	}
}
