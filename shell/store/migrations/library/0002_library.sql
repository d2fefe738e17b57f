-- What a scan makes: folders, tracks and what is known of them. Ids that others keep (of folders, tracks, artists,
-- albums) are never row numbers; `id` is one only where it says so. Times are microseconds since 1970-01-01T00:00:00Z.
-- Paths and names are the disk's bytes. Lists of values are text, apart by U+001F, in the file's order.

CREATE TABLE folders(
  id        INTEGER PRIMARY KEY,  -- a row number
  folder    INTEGER NOT NULL UNIQUE CHECK (folder <> 0),
  path      BLOB NOT NULL UNIQUE,
  name      TEXT NOT NULL,
  available INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE directories(
  id     INTEGER PRIMARY KEY,  -- a row number
  folder INTEGER NOT NULL REFERENCES folders(id),
  path   BLOB NOT NULL,  -- within the folder
  UNIQUE (folder, path)
) STRICT;

-- Ids of artists, genres and albums are hashes of their folded names (core/library/fold.hpp).
CREATE TABLE artists(
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  sort_key   TEXT NOT NULL,
  mb_artist  TEXT NOT NULL,
  added_at   INTEGER NOT NULL,
  search_row INTEGER NOT NULL
) STRICT;
CREATE INDEX artists_by_name ON artists(sort_key, id);
CREATE INDEX artists_by_added ON artists(added_at, id);

CREATE TABLE genres(
  id       INTEGER PRIMARY KEY,
  name     TEXT NOT NULL,
  sort_key TEXT NOT NULL
) STRICT;
CREATE INDEX genres_by_name ON genres(sort_key, id);

CREATE TABLE albums(
  id               INTEGER PRIMARY KEY,
  title            TEXT NOT NULL,
  sort_key         TEXT NOT NULL,
  artists          TEXT NOT NULL,  -- the album's, else those of its first track, else nothing: various
  date             TEXT NOT NULL,
  original_date    TEXT NOT NULL,
  compilation      INTEGER NOT NULL,
  artwork          BLOB NOT NULL,  -- 16 bytes, or none
  mb_release       TEXT NOT NULL,
  mb_release_group TEXT NOT NULL,
  added_at         INTEGER NOT NULL,
  search_row       INTEGER NOT NULL
) STRICT;
CREATE INDEX albums_by_name ON albums(sort_key, id);
CREATE INDEX albums_by_added ON albums(added_at, id);
CREATE INDEX albums_by_date ON albums(date, id);

CREATE TABLE tracks(
  id                 INTEGER PRIMARY KEY,  -- a row number
  track              INTEGER NOT NULL UNIQUE CHECK (track <> 0),
  folder             INTEGER NOT NULL REFERENCES folders(id),
  directory          INTEGER NOT NULL REFERENCES directories(id),
  name               BLOB NOT NULL,
  size               INTEGER NOT NULL,
  mtime_ns           INTEGER NOT NULL,
  content            BLOB NOT NULL CHECK (length(content) = 16),
  available          INTEGER NOT NULL DEFAULT 1,
  added_at           INTEGER NOT NULL,
  search_row         INTEGER NOT NULL,
  codec              TEXT NOT NULL,
  duration_ms        INTEGER NOT NULL,
  sample_rate        INTEGER NOT NULL,
  channels           INTEGER NOT NULL,
  bits               INTEGER NOT NULL,
  bitrate            INTEGER NOT NULL,
  album              INTEGER REFERENCES albums(id),
  disc_number        INTEGER NOT NULL,
  track_number       INTEGER NOT NULL,
  sort_key           TEXT NOT NULL,  -- of the title
  title              TEXT NOT NULL,  -- as tagged; empty: the file's name stands for it
  artists            TEXT NOT NULL,
  album_title        TEXT NOT NULL,
  album_artists      TEXT NOT NULL,
  composers          TEXT NOT NULL,
  genres             TEXT NOT NULL,
  date               TEXT NOT NULL,
  original_date      TEXT NOT NULL,
  artwork            BLOB NOT NULL,  -- 16 bytes, or none
  track_total        INTEGER NOT NULL,
  disc_total         INTEGER NOT NULL,
  disc_subtitle      TEXT NOT NULL,
  compilation        INTEGER NOT NULL,
  title_sort         TEXT NOT NULL,
  album_sort         TEXT NOT NULL,
  artists_sort       TEXT NOT NULL,
  album_artists_sort TEXT NOT NULL,
  comment            TEXT NOT NULL,
  track_gain_db      REAL,
  album_gain_db      REAL,
  track_peak         REAL,
  album_peak         REAL,
  mb_recording       TEXT NOT NULL,
  mb_release         TEXT NOT NULL,
  mb_release_group   TEXT NOT NULL,
  mb_artists         TEXT NOT NULL,
  mb_album_artists   TEXT NOT NULL,
  UNIQUE (directory, name)
) STRICT;
CREATE INDEX tracks_by_content ON tracks(content);
CREATE INDEX tracks_by_album ON tracks(album, disc_number, track_number, id);
-- Lists are read folder by folder, in the order of one of these, from where the last page ended.
CREATE INDEX tracks_by_title ON tracks(folder, sort_key, id);
CREATE INDEX tracks_by_added ON tracks(folder, added_at, id);
CREATE INDEX tracks_by_date ON tracks(folder, date, id);
CREATE INDEX tracks_unavailable ON tracks(folder, id) WHERE available = 0;

-- Who made a track, in the file's order. role: 0 artist, 1 album artist, 2 composer. Folder and album are the track's,
-- here so that an artist's tracks are counted without reading them.
CREATE TABLE credits(
  track  INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
  role   INTEGER NOT NULL,
  place  INTEGER NOT NULL,
  artist INTEGER NOT NULL REFERENCES artists(id),
  folder INTEGER NOT NULL,
  album  INTEGER,
  PRIMARY KEY (track, role, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX credits_by_artist ON credits(artist, role, folder, album, track);

CREATE TABLE track_genres(
  track INTEGER NOT NULL REFERENCES tracks(id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  genre INTEGER NOT NULL REFERENCES genres(id),
  PRIMARY KEY (track, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX track_genres_by_genre ON track_genres(genre, track);

CREATE TABLE lyrics(
  track  INTEGER PRIMARY KEY REFERENCES tracks(id) ON DELETE CASCADE,
  plain  TEXT NOT NULL,
  synced TEXT NOT NULL
) STRICT;

CREATE TABLE failed_files(
  directory INTEGER NOT NULL REFERENCES directories(id),
  name      BLOB NOT NULL,
  size      INTEGER NOT NULL,
  mtime_ns  INTEGER NOT NULL,
  failed_at INTEGER NOT NULL,
  code      INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  PRIMARY KEY (directory, name)
) STRICT, WITHOUT ROWID;

-- What is searched. A row's number is its place in the static order in which matches are met: its class (how much it
-- is played, or how much there is of it; 0 first) in the bits from 40 up, then a counter. Words are folded text, a field a
-- line, so that the plainest tokenizer finds what core/library folds, and ranking needs no other table.
CREATE TABLE search_tracks(id INTEGER PRIMARY KEY, item INTEGER NOT NULL, words TEXT NOT NULL) STRICT;
CREATE TABLE search_artists(id INTEGER PRIMARY KEY, item INTEGER NOT NULL, words TEXT NOT NULL) STRICT;
CREATE TABLE search_albums(id INTEGER PRIMARY KEY, item INTEGER NOT NULL, words TEXT NOT NULL) STRICT;
CREATE VIRTUAL TABLE track_words USING fts5(words, content='search_tracks', content_rowid='id', detail='none',
  columnsize=0, prefix='1 2 3 4 5', tokenize='ascii');
CREATE VIRTUAL TABLE artist_words USING fts5(words, content='search_artists', content_rowid='id', detail='none',
  columnsize=0, prefix='1 2 3 4 5', tokenize='ascii');
CREATE VIRTUAL TABLE album_words USING fts5(words, content='search_albums', content_rowid='id', detail='none',
  columnsize=0, prefix='1 2 3 4 5', tokenize='ascii');
-- Merging behind a scan (library_tidy) joins from two segments of a size on.
INSERT INTO track_words(track_words, rank) VALUES ('usermerge', 2);
INSERT INTO artist_words(artist_words, rank) VALUES ('usermerge', 2);
INSERT INTO album_words(album_words, rank) VALUES ('usermerge', 2);
