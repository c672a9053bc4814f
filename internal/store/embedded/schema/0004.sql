-- Secure mail. Ids are made by the program (mail_head); data columns are the binary forms of
-- mail_encode.go, mailboxes are JSON. The mailbox comes first in every key of what belongs to it.

CREATE TABLE mail_box (
  id   INTEGER NOT NULL PRIMARY KEY,
  data BYTEA NOT NULL
);

-- Which mailbox an address leads to, addresses of before included.
CREATE TABLE mail_address (
  address TEXT NOT NULL PRIMARY KEY,
  box     BIGINT NOT NULL
) WITHOUT ROWID;

-- The mailboxes somebody opens.
CREATE TABLE mail_holder (
  holder TEXT NOT NULL,
  box    BIGINT NOT NULL,
  PRIMARY KEY (holder, box)
) WITHOUT ROWID;

CREATE TABLE mail_folder (
  box    BIGINT NOT NULL,
  folder BIGINT NOT NULL,
  data   BYTEA NOT NULL,
  PRIMARY KEY (box, folder)
) WITHOUT ROWID;

-- The entries of a folder by pages of 32 UIDs, and the text that is searched, so that a mailbox of
-- fifty thousand messages opens in some milliseconds.
CREATE TABLE mail_page (
  box     BIGINT NOT NULL,
  folder  BIGINT NOT NULL,
  page    BIGINT NOT NULL,
  entries BYTEA NOT NULL,
  texts   BYTEA NOT NULL,
  PRIMARY KEY (box, folder, page)
) WITHOUT ROWID;

-- One row a message, whatever the number of its recipients. data says where its bytes are and holds
-- their key, wrapped: without the row nobody reads them again.
CREATE TABLE mail_message (
  id       INTEGER NOT NULL PRIMARY KEY,
  copies   BIGINT NOT NULL,
  received BIGINT NOT NULL,
  data     BYTEA NOT NULL,
  head     BYTEA NOT NULL
);

CREATE TABLE mail_queue (
  id   INTEGER NOT NULL PRIMARY KEY,
  next BIGINT NOT NULL,
  data BYTEA NOT NULL
);

CREATE INDEX mail_due ON mail_queue (next, id);

CREATE TABLE mail_fact (
  kind TEXT NOT NULL,
  id   TEXT NOT NULL,
  data BYTEA NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;

-- One row: the last ids given.
CREATE TABLE mail_head (
  id      BIGINT NOT NULL PRIMARY KEY,
  box     BIGINT NOT NULL,
  message BIGINT NOT NULL,
  queued  BIGINT NOT NULL
) WITHOUT ROWID;
