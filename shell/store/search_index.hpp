#pragma once
// The search rows of one kind of thing, written in the order that FTS5 takes them cheaply: within a
// transaction by ascending row, since a lower row than the last makes it write out what it holds.

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "shell/store/sqlite.hpp"

namespace tutti::shell {

enum class SearchKind : std::uint8_t { tracks, artists, albums };

// The class of a thing, 0 (met first) to 15 (never played, alone), from how often it was played or
// how much there is of it: halved each time it doubles.
int search_class(std::int64_t weight);
inline constexpr int kSearchClasses = 16;
inline constexpr int kSearchClassShift = 40;
inline int class_of_row(std::int64_t search_row) {
  return static_cast<int>(search_row >> kSearchClassShift);
}

// Thread: store (the library's writer).
class SearchIndex {
 public:
  explicit SearchIndex(SearchKind kind);
  // A number for a row at the end of its class.
  Result<std::int64_t> next_row(Database& library, int search_class);
  // Kept until flush, which must come before the commit.
  void put(std::int64_t row, std::int64_t item, std::string words);
  void remove(std::int64_t row);
  Result<void> flush(Database& library);
  // After a transaction that came to nothing.
  void forget();

 private:
  struct Put {
    std::int64_t item;
    std::string words;
  };
  struct Sql {
    const char *last, *read, *remove_words, *remove, *put, *put_words;
  };
  static const Sql& sql_of(SearchKind kind);
  Result<void> remove_now(Database& library, std::int64_t row);

  const Sql& sql_;
  std::array<std::int64_t, kSearchClasses> last_{};  // 0: not known
  std::map<std::int64_t, Put> puts_;                 // both by row
  std::set<std::int64_t> removed_;
};

}  // namespace tutti::shell
