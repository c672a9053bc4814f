package explain
import ("testing";"fmt";"math/rand";"github.com/socle-sante/socle/format/xmltree")
func TestZ(t *testing.T){ all:=asserts(t,"/tmp/ans"); r:=rand.New(rand.NewSource(7))
 _ = xmltree.NSXSI
 for i:=0;i<45;i++{ s:=all[r.Intn(len(all))]; m,f,fo,ex:=Official(s); fmt.Println("TEST",s.Test,"\nCTX",s.Context,"\nMSG",s.Message,"\n FR",m.FR,"\n EN",m.EN,"\n fFR",f.FR,"\n fEN",f.EN,"\n",fo,"|",ex)}}
