-- What lay beside a track when it was read, cover and lyrics, as library::Companions::mark has it. 0: nothing. A library from
-- before this reads once more what has anything beside it, for which that number is another.

ALTER TABLE tracks ADD COLUMN beside INTEGER NOT NULL DEFAULT 0;
