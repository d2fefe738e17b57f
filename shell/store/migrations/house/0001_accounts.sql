-- The house: what cannot be made again. Times are microseconds since 1970-01-01T00:00:00Z.

PRAGMA application_id = 1953854568;  -- "tuth"

CREATE TABLE meta(
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Everything personal refers to accounts(id) in a column account_id. `account` is the id the outside sees.
CREATE TABLE accounts(
  id         INTEGER PRIMARY KEY,
  account    INTEGER NOT NULL UNIQUE CHECK (account <> 0),
  name       TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 1 AND 64),
  role       TEXT NOT NULL CHECK (length(role) BETWEEN 1 AND 64),
  created_at INTEGER NOT NULL
) STRICT;

-- The account of a house where nobody has signed up. Its id differs from house to house.
INSERT INTO accounts(account, name, role, created_at) VALUES (random(), 'local', 'owner', unixepoch() * 1000000);
