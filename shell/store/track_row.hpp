#pragma once
// A track as library.db keeps it: the one place that knows its columns. Lists of values are text,
// apart by U+001F, which no tag holds.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.hpp"
#include "core/library/scan.hpp"
#include "shell/store/sqlite.hpp"

namespace tutti::shell {

std::string join_values(const std::vector<std::string>& values);
std::vector<std::string> split_values(std::string_view text);

// 16 bytes, or none for nothing.
std::string content_bytes(library::ContentId id);
library::ContentId content_id(ByteView bytes);

// An album as columns have it: NULL for none.
std::optional<std::int64_t> album_column(AlbumId album);

struct TrackRow {
  std::int64_t id = 0;  // row numbers, these four
  std::int64_t folder = 0;
  std::int64_t directory = 0;
  std::int64_t search_row = 0;
  WallTime added_at;
  bool available = true;
  AlbumId album;
  library::ScannedFile file;
};

// Writes tracks, and lyrics where there are any. Errors: conflict when the place is taken.
Result<void> insert_track_row(Database& library, const TrackRow& row);
// All of a track, with its directory and lyrics; nothing when there is none.
Result<std::optional<TrackRow>> load_track_row(Database& library, TrackId track);

// The first year that a date names; 0 for none.
int year_of(std::string_view date);

// Calls `take` with each row of a statement.
template <class Take>
Result<void> each_row(Result<Statement> statement, Take take) {
  if (!statement) return std::unexpected(statement.error());
  for (;;) {
    auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    take(*statement);
  }
}
// Whether there is a row, taken if so.
template <class Take>
Result<bool> one_row(Result<Statement> statement, Take take) {
  if (!statement) return std::unexpected(statement.error());
  auto row = statement->step();
  if (row && *row) take(*statement);
  return row;
}

}  // namespace tutti::shell
