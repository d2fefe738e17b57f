-- What people did with their music. Nothing here refers to a row of library.db: tracks, albums, artists and folders are
-- known by the ids that the outside sees, so that a library that was lost and made again finds all of it.

-- Folders by their path, so that one keeps its id over the loss of library.db.
CREATE TABLE folders(
  folder INTEGER NOT NULL PRIMARY KEY CHECK (folder <> 0),
  path   BLOB NOT NULL UNIQUE
) STRICT;

-- Which folders an account sees. An account without a row sees all.
CREATE TABLE account_folders(
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  folder     INTEGER NOT NULL,
  PRIMARY KEY (account_id, folder)
) STRICT, WITHOUT ROWID;

-- A track is entered here the first time something personal refers to it: a file with its content gets its id back, and
-- a playlist can say what is missing.
CREATE TABLE known_tracks(
  track   INTEGER NOT NULL PRIMARY KEY CHECK (track <> 0),
  content BLOB NOT NULL CHECK (length(content) = 16),
  title   TEXT NOT NULL,
  artist  TEXT NOT NULL,
  album   TEXT NOT NULL,
  folder  BLOB NOT NULL  -- its path
) STRICT;
CREATE INDEX known_tracks_by_content ON known_tracks(content);

CREATE TABLE plays(
  id         INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  track      INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  played_ms  INTEGER NOT NULL
) STRICT;
CREATE INDEX plays_by_time ON plays(account_id, at);

CREATE TABLE play_counts(
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  track      INTEGER NOT NULL,
  plays      INTEGER NOT NULL,
  last_at    INTEGER NOT NULL,
  PRIMARY KEY (account_id, track)
) STRICT, WITHOUT ROWID;
CREATE INDEX play_counts_by_plays ON play_counts(account_id, plays, track);
CREATE INDEX play_counts_by_last ON play_counts(account_id, last_at, track);
CREATE INDEX play_counts_by_track ON play_counts(track);

CREATE TABLE ratings(
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  track      INTEGER NOT NULL,
  rating     INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 100),
  at         INTEGER NOT NULL,
  PRIMARY KEY (account_id, track)
) STRICT, WITHOUT ROWID;
CREATE INDEX ratings_by_rating ON ratings(account_id, rating, track);

-- kind: 0 track, 1 album, 2 artist.
CREATE TABLE favourites(
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  kind       INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 2),
  item       INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (account_id, kind, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX favourites_by_time ON favourites(account_id, kind, at, item);
CREATE INDEX favourites_by_item ON favourites(kind, item);

-- A playlist is either its items or the answer to its rules (JSON).
CREATE TABLE playlists(
  playlist   INTEGER NOT NULL PRIMARY KEY CHECK (playlist <> 0),
  account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  sort_key   TEXT NOT NULL,
  version    INTEGER NOT NULL,
  rules      TEXT,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX playlists_by_name ON playlists(account_id, sort_key, playlist);

CREATE TABLE playlist_items(
  playlist INTEGER NOT NULL REFERENCES playlists(playlist) ON DELETE CASCADE,
  place    INTEGER NOT NULL,  -- dense, from 0
  track    INTEGER NOT NULL,
  PRIMARY KEY (playlist, place)
) STRICT, WITHOUT ROWID;

-- What a group plays, written as it changes; the store does not look into `state`.
CREATE TABLE groups(
  group_id   INTEGER NOT NULL PRIMARY KEY CHECK (group_id <> 0),
  name       TEXT NOT NULL,
  queue      BLOB NOT NULL,     -- written when it is edited
  playback   BLOB NOT NULL,     -- position and all else that changes as it plays
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
