// Package xpath evaluates XPath 2.0 over documents read by xmltree.
//
// It implements XML Path Language 2.0 and XQuery 1.0 and XPath 2.0 Functions and Operators
// (second editions) for documents without schema, with what XSLT 2.0 adds for rules: match
// patterns, document(), current(), key(). It is made for running the same thousands of
// expressions over many documents: everything is compiled once in a Library, names are small
// numbers, values that never change are computed once, and the hot paths do not allocate.
//
// Missing: namespace nodes and the namespace axis, collections other than the codepoint one,
// schema-aware types, the types gYear to gMonthDay, hexBinary, base64Binary and NOTATION,
// format-number, collection, and what regular expressions cannot do in linear time
// (back-references). XPath 1.0 compatibility mode is off.
//
// A Library is filled by one goroutine (Compile, CompilePattern, Key); the first Tree or NewRun
// freezes it, and from then on any number of goroutines may evaluate, each with its own Run.
//
// Start at NewLibrary, then Library.Compile, Library.Tree and NewRun.
package xpath

import (
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/socle-sante/socle/format/xmltree"
)

// Library holds everything that is compiled together.
type Library struct {
	names   names
	open    func(uri string) ([]byte, error)
	slots   int
	memos   map[string]int // canonical text of a memoised expression
	steps   map[string]int // canonical text of the beginning of a pattern
	shared  []bool         // whether several patterns begin so, by number
	folded  map[string]*constant
	keys    map[qname]*key
	frozen  atomic.Bool
	serial  atomic.Int64
	docsMu  sync.Mutex
	docs    map[string]*libraryDoc
	docSize int64
	regexes regexCache
	compile sync.Mutex // only guards against misuse
}

// Bounds of what doc() and document() may bring in. The official value sets are 600 files of
// 60 MB in all.
const (
	MaxDocuments     = 4096
	MaxDocumentBytes = 20 << 20
	MaxLibraryBytes  = 512 << 20
)

type libraryDoc struct {
	once sync.Once
	tree *Tree
	err  *Error
}

// NewLibrary makes an empty library. open reads what doc() and document() ask for, the address
// already resolved against Scope.Base; nil refuses all.
func NewLibrary(open func(uri string) ([]byte, error)) *Library {
	return &Library{names: newNames(), open: open, memos: map[string]int{}, steps: map[string]int{},
		folded: map[string]*constant{}, keys: map[qname]*key{}, docs: map[string]*libraryDoc{}}
}

// Name gives the number of a name, so that rules may be filed by it. Before the first evaluation
// a new name gets a number; afterwards an unknown one gives 0.
func (l *Library) Name(space, local string) NameID {
	if l.frozen.Load() {
		return l.names.ids[qname{space, local}]
	}
	return l.names.id(space, local)
}

func (l *Library) freeze() {
	if !l.frozen.Load() {
		l.frozen.Store(true)
	}
}

func (l *Library) thaw() error {
	if l.frozen.Load() {
		e := &Error{ID: IDFrozen}
		e.Message.FR, e.Message.EN = sprintBoth("bibliothèque déjà utilisée : elle ne peut plus compiler", "library already in use: it can no longer compile")
		return e
	}
	return nil
}

// Slot is the place of a variable in a Run.
type Slot int

type binding struct {
	slot  Slot
	value *string // a constant
}

// Scope is what an expression can see: prefixes, variables and the folder its relative
// addresses start from.
type Scope struct {
	Namespaces map[string]string // prefix → URI
	Base       string            // folder, slash-separated

	lib    *Library
	parent *Scope
	vars   map[string]binding
}

// NewScope makes an outermost scope of this library.
func (l *Library) NewScope(namespaces map[string]string, base string) *Scope {
	return &Scope{Namespaces: namespaces, Base: base, lib: l}
}

// Declare makes a variable visible in expressions compiled from now on with this scope; the same
// name again hides the former. The scope must come from NewScope or Child.
func (s *Scope) Declare(name string) Slot {
	slot := s.lib.slot()
	s.declare(name, binding{slot: slot})
	return slot
}

// DeclareConst makes a variable that always holds this string, so that what depends on it alone
// is computed once for the library.
func (s *Scope) DeclareConst(name, value string) { s.declare(name, binding{slot: -1, value: &value}) }

func (s *Scope) declare(name string, b binding) {
	if s.vars == nil {
		s.vars = map[string]binding{}
	}
	s.vars[name] = b
}

// Child makes a scope inside this one: what it declares is not seen outside.
func (s *Scope) Child() *Scope {
	return &Scope{Namespaces: s.Namespaces, Base: s.Base, lib: s.lib, parent: s}
}

func (s *Scope) lookup(name string) (binding, bool) {
	for ; s != nil; s = s.parent {
		if b, ok := s.vars[name]; ok {
			return b, true
		}
	}
	return binding{}, false
}

func (l *Library) slot() Slot {
	l.slots++
	return Slot(l.slots - 1)
}

// Expr is a compiled expression. It never changes.
type Expr struct {
	src string
	e   expr
}

// Source gives the expression as written.
func (e *Expr) Source() string { return e.src }

// Compile compiles an expression. An error is always an *Error.
func (l *Library) Compile(src string, s *Scope) (x *Expr, err error) {
	if err := l.thaw(); err != nil {
		return nil, err
	}
	l.compile.Lock()
	defer l.compile.Unlock()
	defer func() {
		if v := recover(); v != nil {
			x, err = nil, caught(v, src)
		}
	}()
	p := l.parser(src, s)
	e := p.expr()
	p.end()
	return &Expr{src, p.whole(e)}, nil
}

// resolve gives the address of a document from the folder of the expression.
func resolve(base, uri string) string {
	if strings.Contains(uri, "://") || strings.HasPrefix(uri, "/") || base == "" {
		return uri
	}
	return path.Join(base, uri)
}

// document gives the tree of a document, read at its first use and kept.
func (l *Library) document(uri string) (*Tree, *Error) {
	l.docsMu.Lock()
	d := l.docs[uri]
	if d == nil {
		if len(l.docs) >= MaxDocuments {
			l.docsMu.Unlock()
			return nil, documentError(uri, "trop de documents", "too many documents")
		}
		d = new(libraryDoc)
		l.docs[uri] = d
	}
	l.docsMu.Unlock()
	d.once.Do(func() { d.tree, d.err = l.read(uri) })
	return d.tree, d.err
}

func (l *Library) read(uri string) (*Tree, *Error) {
	if l.open == nil {
		return nil, documentError(uri, "aucun document n'est lisible ici", "no document can be read here")
	}
	b, err := l.open(uri)
	if err != nil {
		return nil, documentError(uri, err.Error(), err.Error())
	}
	l.docsMu.Lock()
	l.docSize += int64(len(b))
	full := l.docSize > MaxLibraryBytes
	l.docsMu.Unlock()
	if full {
		return nil, documentError(uri, "trop d'octets en tout", "too many bytes in all")
	}
	d, err := xmltree.Parse(b, xmltree.WithLimits(xmltree.Limits{Bytes: MaxDocumentBytes}))
	if err != nil {
		return nil, documentError(uri, err.Error(), err.Error())
	}
	t := &Tree{lib: l, doc: d, uri: uri, serial: l.serial.Add(1), index: map[indexKey]map[string][]Node{}}
	t.build()
	t.cache = nil
	return t, nil
}

func documentError(uri, fr, en string) *Error {
	e := &Error{ID: IDDocument, Code: "FODC0002"}
	e.Message.FR, e.Message.EN = sprintBoth("document illisible : "+excerpt(uri)+" (%s)", "document that cannot be read: "+excerpt(uri)+" (%s)", "")
	e.Message.FR = "document illisible : " + excerpt(uri) + " (" + fr + ")"
	e.Message.EN = "document that cannot be read: " + excerpt(uri) + " (" + en + ")"
	return e
}
