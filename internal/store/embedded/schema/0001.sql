-- The facts of one Socle. The person comes first in every key of personal data, so that the same
-- tables can be spread over several engines; ids are made by the program. Keys of persons and
-- UUIDs are their 16 bytes (see key.go), data columns are the binary forms of encode_*.go.

CREATE TABLE person (
  person BYTEA NOT NULL PRIMARY KEY,
  data   BYTEA NOT NULL
) WITHOUT ROWID;

-- Which person carries an INS today.
CREATE TABLE ins (
  matricule TEXT NOT NULL,
  oid       TEXT NOT NULL,
  person    BYTEA NOT NULL,
  PRIMARY KEY (matricule, oid)
) WITHOUT ROWID;

-- Person search: by day of birth, then names without accents.
CREATE TABLE birth (
  birth_date TEXT NOT NULL,
  person     BYTEA NOT NULL,
  birth_name TEXT NOT NULL,
  used_name  TEXT NOT NULL,
  given      TEXT NOT NULL,
  used_given TEXT NOT NULL,
  PRIMARY KEY (birth_date, person)
) WITHOUT ROWID;

CREATE TABLE record (
  person BYTEA NOT NULL PRIMARY KEY,
  data   BYTEA NOT NULL
) WITHOUT ROWID;

CREATE TABLE authorisation (
  person       BYTEA NOT NULL,
  professional TEXT NOT NULL,
  data         BYTEA NOT NULL,
  PRIMARY KEY (person, professional)
) WITHOUT ROWID;

-- The other way round, ACTIVE ones only.
CREATE TABLE authorised (
  professional TEXT NOT NULL,
  person       BYTEA NOT NULL,
  PRIMARY KEY (professional, person)
) WITHOUT ROWID;

-- Everything in the record of a person in order of arrival, so that one submission falls on one
-- page and one person is read in one sweep. kind: 1 document, 2 entry, 3 set, 4 association.
CREATE TABLE object (
  person BYTEA NOT NULL,
  seq    BIGINT NOT NULL,
  kind   BIGINT NOT NULL,
  data   BYTEA NOT NULL,
  PRIMARY KEY (person, seq)
) WITHOUT ROWID;

-- Whose object carries an identifier (see key.go for the form of id).
CREATE TABLE owner (
  id     BYTEA NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL,
  seq    BIGINT NOT NULL
) WITHOUT ROWID;

-- What pages need of a document, encrypted; seq is the one of the document.
CREATE TABLE digest (
  seq    INTEGER NOT NULL PRIMARY KEY,
  person BYTEA NOT NULL,
  data   BYTEA NOT NULL
);

-- The key of a person, wrapped by the master key.
CREATE TABLE person_key (
  person  BYTEA NOT NULL PRIMARY KEY,
  key_id  BYTEA NOT NULL,
  wrapped BYTEA NOT NULL
) WITHOUT ROWID;

-- The journal: the record as it was committed to, its nonce, and the leaf hash.
CREATE TABLE leaf (
  idx    INTEGER NOT NULL PRIMARY KEY,
  record BYTEA NOT NULL,
  nonce  BYTEA NOT NULL,
  hash   BYTEA NOT NULL
);

CREATE TABLE leaf_person (
  person BYTEA NOT NULL,
  idx    BIGINT NOT NULL,
  PRIMARY KEY (person, idx)
) WITHOUT ROWID;

-- Roots of complete subtrees of 256^level leaves.
CREATE TABLE node (
  level BIGINT NOT NULL,
  n     BIGINT NOT NULL,
  hash  BYTEA NOT NULL,
  PRIMARY KEY (level, n)
) WITHOUT ROWID;

-- The last successful search or read of a record by an actor, in microseconds.
CREATE TABLE seen (
  person BYTEA NOT NULL,
  actor  TEXT NOT NULL,
  at     BIGINT NOT NULL,
  PRIMARY KEY (person, actor)
) WITHOUT ROWID;

CREATE TABLE event (
  seq  INTEGER NOT NULL PRIMARY KEY,
  data BYTEA NOT NULL
);

-- How far each segment is referenced; bytes past it are of no document.
CREATE TABLE segment (
  id   BIGINT NOT NULL PRIMARY KEY,
  used BIGINT NOT NULL
) WITHOUT ROWID;

-- One row, rewritten by each commit: the counters and the signed checkpoint of the journal.
CREATE TABLE head (
  id         BIGINT NOT NULL PRIMARY KEY,
  object_seq BIGINT NOT NULL,
  event_seq  BIGINT NOT NULL,
  leaves     BIGINT NOT NULL,
  root       BYTEA NOT NULL,
  checkpoint BYTEA NOT NULL
) WITHOUT ROWID;
