import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.xml.transform.stream.StreamSource;
import net.sf.saxon.s9api.*;

/** Evaluates the expressions of a file with Saxon, one answer a line, for comparison. */
public class Peer {
  // arguments: document, prefixes (prefix=uri, a line each), expressions (a line each),
  // and "string" (at the root element) or the step between the elements at which truth is asked for
  public static void main(String[] a) throws Exception {
    Processor p = new Processor(false);
    XdmNode doc = p.newDocumentBuilder().build(new StreamSource(new File(a[0])));
    XPathCompiler c = p.newXPathCompiler();
    c.setLanguageVersion("2.0");
    c.setBaseURI(new File(a[0]).toURI());
    c.setCaching(true);
    for (String line : Files.readAllLines(Paths.get(a[1]))) {
      int i = line.indexOf('=');
      c.declareNamespace(line.substring(0, i), line.substring(i + 1));
    }
    List<XdmItem> nodes = new ArrayList<>();
    XPathSelector all = c.compile("//*").load();
    all.setContextItem(doc);
    for (XdmItem it : all) nodes.add(it);
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
    for (String line : Files.readAllLines(Paths.get(a[2]))) {
      String src = line;
      XPathExecutable x;
      try {
        x = c.compile(src);
      } catch (Exception e) {
        out.println("ERROR " + code(e));
        continue;
      }
      StringBuilder b = new StringBuilder();
      if (a[3].equals("string")) {
        try {
          XPathSelector s = x.load();
          s.setContextItem(nodes.get(0));
          boolean first = true;
          for (XdmItem it : s) {
            if (!first) b.append(' ');
            first = false;
            b.append(it.getStringValue());
          }
        } catch (Exception e) {
          b = new StringBuilder("ERROR " + code(e));
        }
      } else {
        for (int i = 0; i < nodes.size(); i += Integer.parseInt(a[3])) {
          try {
            XPathSelector s = x.load();
            s.setContextItem(nodes.get(i));
            b.append(s.effectiveBooleanValue() ? '1' : '0');
          } catch (Exception e) {
            b.append('E');
          }
        }
      }
      out.println(b.toString().replace('\n', '\u0001'));
    }
    out.flush();
  }

  static String code(Exception e) {
    if (e instanceof SaxonApiException && ((SaxonApiException) e).getErrorCode() != null)
      return ((SaxonApiException) e).getErrorCode().getLocalName();
    return "?";
  }
}
