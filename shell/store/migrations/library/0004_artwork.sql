-- An image's key is part of its address: from it to a file that has the image.
CREATE INDEX tracks_by_artwork ON tracks(artwork) WHERE artwork <> x'';
