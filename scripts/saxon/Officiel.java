// Runs the official chain on documents, everything warm in one process: the extended CDA schema by
// the Java platform, then each level of rules by Saxon, from a folder as published. One line of
// JSON a document and level: counts, the CPU of the thread, and what was found.
//
//   java -cp Saxon-HE.jar Officiel.java RULES WARM FILE...   (WARM: rounds before the measured one)
//
// A file list may come as @LIST. Names that differ by case are resolved, and a value set of the
// header rules that was not published beside them is made from the jeu de valeurs of its OID.

import java.io.*;
import java.lang.management.*;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;
import javax.xml.XMLConstants;
import javax.xml.transform.*;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.*;
import net.sf.saxon.s9api.*;
import org.xml.sax.*;

public class Officiel {
    static final String SVRL = "http://purl.oclc.org/dsdl/svrl";
    static Path rules;
    static final Processor saxon = new Processor(false);
    static final ErrorListener quiet = new ErrorListener() {
        public void warning(TransformerException e) {}
        public void error(TransformerException e) { System.err.println(e.getMessage()); }
        public void fatalError(TransformerException e) { System.err.println(e.getMessage()); }
    };

    static final Map<String, String> levels = new LinkedHashMap<>();
    static {
        levels.put("ihe", "schematrons/profils/IHE.sch");
        levels.put("header", "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch");
        levels.put("models", "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch");
        levels.put("models_ans", "schematrons/profils/CI-SIS_Modeles_ANS.sch");
    }
    static final Map<String, XsltExecutable> compiled = new HashMap<>();
    static XPathExecutable hits;

    public static void main(String[] args) throws Exception {
        rules = Paths.get(args[0]).toAbsolutePath().normalize();
        int warm = Integer.parseInt(args[1]);
        List<String[]> files = new ArrayList<>();
        for (int i = 2; i < args.length; i++) {
            List<String> lines = args[i].startsWith("@") ? Files.readAllLines(Paths.get(args[i].substring(1))) : List.of(args[i]);
            for (String l : lines) files.add(l.split("\t", -1)); // file, rule set of its kind
        }
        XPathCompiler xp = saxon.newXPathCompiler();
        xp.declareNamespace("s", SVRL);
        hits = xp.compile("//s:failed-assert|//s:successful-report");
        SchemaFactory sf = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
        javax.xml.validation.Schema xsd = sf.newSchema(rules.resolve("infrastructure/cda/CDA_extended.xsd").toFile());
        long t0 = cpu();
        for (String f : levels.values()) compile(f);
        for (String[] f : files) if (f.length > 1 && !f[1].isEmpty()) compile("schematrons/" + f[1] + ".sch");
        System.out.printf("{\"compiled\":%d,\"cpu_ms\":%.0f}%n", compiled.size(), (cpu() - t0) / 1e6);
        for (int round = 0; round <= warm; round++)
            for (String[] f : files) document(xsd, f[0], f.length > 1 ? f[1] : "", round == warm);
    }

    static void document(javax.xml.validation.Schema xsd, String file, String set, boolean say) throws Exception {
        long t = cpu();
        int[] n = {0, 0};
        javax.xml.validation.Validator v = xsd.newValidator();
        v.setErrorHandler(new ErrorHandler() {
            public void warning(SAXParseException e) { n[1]++; }
            public void error(SAXParseException e) { n[0]++; }
            public void fatalError(SAXParseException e) { n[0]++; }
        });
        try { v.validate(new StreamSource(new File(file))); } catch (SAXException e) { }
        if (say) print(file, "xsd", n[0], n[1], cpu() - t, List.of());
        Map<String, String> run = new LinkedHashMap<>(levels);
        if (!set.isEmpty()) run.put("kind", "schematrons/" + set + ".sch");
        for (Map.Entry<String, String> l : run.entrySet()) {
            t = cpu();
            int errors = 0, warnings = 0;
            List<String> found = new ArrayList<>();
            try {
                XsltTransformer x = compile(l.getValue()).load();
                x.setErrorListener(quiet);
                x.setURIResolver(Officiel::resolve);
                x.setSource(new StreamSource(new File(file)));
                XdmDestination d = new XdmDestination();
                x.setDestination(d);
                x.transform();
                XPathSelector s = hits.load();
                s.setContextItem(d.getXdmNode());
                for (XdmItem i : s) {
                    String role = ((XdmNode) i).getAttributeValue(new QName("role"));
                    if (role != null && (role.startsWith("warn") || role.startsWith("info"))) { warnings++; continue; }
                    errors++;
                    found.add(((XdmNode) i).getAttributeValue(new QName("location")) + " :: " + i.getStringValue().replaceAll("\\s+", " ").trim());
                }
            } catch (SaxonApiException e) { found.add("ABORT " + e.getMessage()); errors = -1; }
            if (say) print(file, l.getKey(), errors, warnings, cpu() - t, found);
        }
    }

    static void print(String file, String level, int errors, int warnings, long cpu, List<String> found) {
        StringBuilder b = new StringBuilder();
        for (String s : found) b.append(b.length() > 0 ? "," : "").append(quote(s));
        System.out.printf(Locale.ROOT, "{\"file\":%s,\"level\":\"%s\",\"errors\":%d,\"warnings\":%d,\"cpu_ms\":%.3f,\"found\":[%s]}%n", quote(file), level, errors, warnings, cpu / 1e6, b);
    }

    static String quote(String s) {
        StringBuilder b = new StringBuilder("\"");
        for (char c : s.toCharArray()) {
            if (c == '"' || c == '\\') b.append('\\').append(c);
            else if (c < ' ') b.append(' ');
            else b.append(c);
        }
        return b.append('"').toString();
    }

    static final com.sun.management.OperatingSystemMXBean os = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    static long cpu() { return os.getProcessCpuTime(); }

    // compile goes through the three style sheets of the folder: inclusion, abstract patterns, XSLT.
    static XsltExecutable compile(String schema) throws Exception {
        XsltExecutable done = compiled.get(schema);
        if (done != null) return done;
        Path file = rules.resolve(schema);
        XdmNode doc = saxon.newDocumentBuilder().build(file.toFile());
        for (String step : new String[] {"iso_dsdl_include.xsl", "iso_abstract_expand.xsl", "iso_svrl_for_xslt2.xsl"}) {
            XsltCompiler c = saxon.newXsltCompiler();
            c.setErrorListener(quiet);
            XsltTransformer t = c.compile(new StreamSource(rules.resolve("schematrons/moteur/" + step).toFile())).load();
            t.setURIResolver(Officiel::resolve);
            t.setErrorListener(quiet);
            t.setMessageListener((content, terminate, locator) -> { });
            t.setInitialContextNode(doc);
            XdmDestination d = new XdmDestination();
            d.setBaseURI(file.toUri());
            t.setDestination(d);
            t.transform();
            doc = d.getXdmNode();
        }
        XsltCompiler c = saxon.newXsltCompiler();
        c.setErrorListener(quiet);
        XsltExecutable x = c.compile(doc.asSource());
        compiled.put(schema, x);
        return x;
    }

    static Source resolve(String href, String base) throws TransformerException {
        if (href.isEmpty()) return null;
        try {
            Path p = Paths.get(new java.net.URI(base).resolve(href.replace(" ", "%20")));
            if (!Files.exists(p)) p = otherCase(p);
            if (p == null || Files.exists(p)) return p == null ? null : new StreamSource(p.toFile());
            Matcher m = Pattern.compile("voc-([0-9.]+)-DYNAMIC\\.xml").matcher(p.getFileName().toString());
            if (m.matches()) return voc(m.group(1));
        } catch (Exception e) { throw new TransformerException(e); }
        return null;
    }

    static Path otherCase(Path p) throws IOException {
        Path at = p.getRoot();
        for (Path step : p) {
            Path next = at.resolve(step);
            if (!Files.exists(next) && Files.isDirectory(at))
                try (var s = Files.list(at)) { next = s.filter(q -> q.getFileName().toString().equalsIgnoreCase(step.toString())).findFirst().orElse(next); }
            at = next;
        }
        return at;
    }

    static Source voc(String oid) throws Exception {
        try (var s = Files.list(rules.resolve("jeuxDeValeurs"))) {
            for (Path f : (Iterable<Path>) s::iterator) {
                String text = Files.readString(f);
                if (!Pattern.compile("<(?:\\w+:)?ValueSet\\b[^>]*\\bid=\"" + Pattern.quote(oid) + "\"").matcher(text).find()) continue;
                StringBuilder b = new StringBuilder("<valueSets><valueSet><conceptList>");
                Matcher m = Pattern.compile("<(?:\\w+:)?Concept\\b([^>]*?)/?>").matcher(text);
                while (m.find()) b.append("<concept ").append(m.group(1)).append("/>");
                return new StreamSource(new StringReader(b.append("</conceptList></valueSet></valueSets>").toString()));
            }
        }
        return null;
    }
}
