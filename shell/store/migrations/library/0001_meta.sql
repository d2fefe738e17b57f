-- The library: what a scan of the music makes again.

PRAGMA application_id = 1953854572;  -- "tutl"

CREATE TABLE meta(
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
