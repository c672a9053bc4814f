package embedded

import (
	"testing"

	"github.com/socle-sante/socle/internal/store/storetest"
)

func TestMailStore(t *testing.T) {
	storetest.RunMail(t, func(t testing.TB, dir string) storetest.MailStore { return openTest(t, dir) })
}
