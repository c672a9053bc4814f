-- What belongs to the installation and to nobody's record: accounts, credentials, delegations.
CREATE TABLE setting (
  kind TEXT NOT NULL,
  id   TEXT NOT NULL,
  data BYTEA NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;
