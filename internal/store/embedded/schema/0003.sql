-- What leads to a person beside their matricule of today and their birth date.

-- Matricules of before. sure is 1 when it is known to be of this very person (told by INSi, or by
-- a merge), 0 when it was attached and taken back.
CREATE TABLE ins_former (
  matricule TEXT NOT NULL,
  oid       TEXT NOT NULL,
  person    BYTEA NOT NULL,
  sure      BIGINT NOT NULL,
  PRIMARY KEY (matricule, oid, person)
) WITHOUT ROWID;

-- Identifiers given by establishments.
CREATE TABLE local_id (
  value     TEXT NOT NULL,
  authority TEXT NOT NULL,
  person    BYTEA NOT NULL,
  PRIMARY KEY (value, authority, person)
) WITHOUT ROWID;

-- Persons that are or were merged: what links two documents may cross from one to the other.
CREATE TABLE kin (
  person BYTEA NOT NULL,
  other  BYTEA NOT NULL,
  PRIMARY KEY (person, other)
) WITHOUT ROWID;

-- Homonyms: names whatever the day of birth.
CREATE INDEX birth_named ON birth (birth_name, given);
