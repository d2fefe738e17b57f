-- Loudness as we measured it (core/sound), by content: a file that was moved or retagged keeps what was measured, a copy
-- has it at once. `version` is that of the measuring; what an older one measured is measured again.

CREATE TABLE measurements(
  id      INTEGER PRIMARY KEY,  -- a row number
  content BLOB NOT NULL UNIQUE CHECK (length(content) = 16),
  version INTEGER NOT NULL,
  lufs    REAL,           -- integrated; null: silence
  peak    REAL NOT NULL,  -- the largest sample, linear
  blocks  BLOB NOT NULL   -- how loud its parts are (sound::LoudnessHistogram), from which an album's loudness follows
) STRICT;

-- What could not be measured: tried again when the file has changed, or the measuring.
CREATE TABLE unmeasurable(
  content   BLOB NOT NULL CHECK (length(content) = 16),
  size      INTEGER NOT NULL,
  mtime_ns  INTEGER NOT NULL,
  version   INTEGER NOT NULL,
  failed_at INTEGER NOT NULL,
  code      INTEGER NOT NULL,
  reason    TEXT NOT NULL,
  PRIMARY KEY (content, size, mtime_ns)
) STRICT, WITHOUT ROWID;

-- The version that has dealt with a track, measured or not; 0: none. A row that a scan writes anew begins at 0, and is
-- brought to the version without reading its file when its content is known.
ALTER TABLE tracks ADD COLUMN measured INTEGER NOT NULL DEFAULT 0;
CREATE INDEX tracks_by_measured ON tracks(measured, id, available, folder);

CREATE TABLE album_loudness(
  album   INTEGER PRIMARY KEY REFERENCES albums(id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  lufs    REAL,           -- over all its tracks as one programme; null: silence
  peak    REAL NOT NULL
) STRICT;
-- Albums of which a track was dealt with, or went, since their loudness was worked out.
CREATE TABLE albums_to_level(album INTEGER PRIMARY KEY) STRICT;
CREATE TRIGGER measured_track_gone AFTER DELETE ON tracks WHEN OLD.measured > 0 AND OLD.album IS NOT NULL BEGIN
  INSERT OR IGNORE INTO albums_to_level(album) VALUES (OLD.album);
END;
