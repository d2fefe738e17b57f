#pragma once
// Smart playlists: rules that say which tracks belong, joined by "all" or "any" and nested, with an
// order and a limit. As JSON:
//
//   {"match": "all", "rules": [
//      {"field": "genre", "op": "is", "value": "Jazz"},
//      {"match": "any", "rules": [{"field": "rating", "op": "at_least", "value": 80},
//                                 {"field": "played", "op": "not_within", "value": 30}]}],
//    "sort": "random", "seed": 7, "limit": 50}
//
// Two readings of the same rules, which a test compares: as a question to the database, and as a
// judgement over one track. Text is compared folded (fold.hpp).

#include <memory>
#include <span>

#include "core/base/json.hpp"
#include "core/base/names.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/library/fold.hpp"
#include "core/library/sql_text.hpp"

namespace tutti::library {

inline constexpr std::size_t kRuleDepth = 4;
inline constexpr std::size_t kRuleCount = 64;
inline constexpr std::size_t kRuleText = 200;       // characters of a value
inline constexpr std::int64_t kSmartMost = 10'000;  // tracks that a smart playlist holds at most

enum class RuleField : std::uint8_t {
  // text
  title,
  album,
  codec,
  file,
  // names, of which a track may have several
  artist,
  album_artist,
  composer,
  genre,
  // numbers
  year,
  rating,
  plays,
  duration,  // seconds
  bitrate,   // kbit/s
  sample_rate,
  track_number,
  disc_number,
  // times: days before now
  added,
  played,
  // yes or no
  favourite,
  compilation,
  available,
  // a folder's id
  folder,
};
std::span<const EnumName<RuleField>> names_of(RuleField);
enum class RuleType : std::uint8_t { text, names, number, time, flag, folder };
RuleType type_of(RuleField field);

// Text: is, is_not, contains, excludes, begins, ends. Names: the same, `is` of any of them.
// Numbers: is, is_not, less, more, at_least, at_most. Times: within, not_within (so many days;
// never is not within). Flags and folders: is, is_not.
enum class RuleOp : std::uint8_t {
  is,
  is_not,
  contains,
  excludes,
  begins,
  ends,
  less,
  more,
  at_least,
  at_most,
  within,
  not_within,
};
std::span<const EnumName<RuleOp>> names_of(RuleOp);
bool fits(RuleType type, RuleOp op);

enum class SmartSort : std::uint8_t {
  title,
  artist,
  album,
  added,
  plays,
  played,
  rating,
  date,
  duration,
  random
};
std::span<const EnumName<SmartSort>> names_of(SmartSort);

// One condition, or several joined when `rules` is not empty.
struct Rule {
  bool any = false;  // of the joined ones: one suffices
  std::vector<Rule> rules;
  RuleField field = RuleField::title;
  RuleOp op = RuleOp::is;
  std::string text;         // folded; of names as given
  std::int64_t number = 0;  // also days, 1 and 0 for yes and no, and a folder's id
};

struct SmartRules {
  Rule rule;
  SmartSort sort = SmartSort::title;
  bool reverse = false;
  std::int64_t seed = 0;
  std::int64_t limit = kSmartMost;
};

// Errors: bad_request that names the rule ("rules[1].op: ...").
Result<SmartRules> read_rules(const Json& json);

// What the rules look at.
struct SmartTrack {
  std::string title;
  std::string album;
  std::string codec;
  std::string file;  // its name, as text
  std::vector<std::string> artists;
  std::vector<std::string> album_artists;
  std::vector<std::string> composers;
  std::vector<std::string> genres;
  std::string date;
  std::int64_t rating = 0;
  std::int64_t plays = 0;
  std::int64_t duration_ms = 0;
  std::int64_t bitrate = 0;
  std::int64_t sample_rate = 0;
  std::int64_t track_number = 0;
  std::int64_t disc_number = 0;
  WallTime added;
  WallTime played;  // 0: never
  bool favourite = false;
  bool compilation = false;
  bool available = true;
  FolderId folder;
};
bool matches(const SmartRules& rules, const SmartTrack& track, WallTime now);

// "FROM ... WHERE ..." over tracks `t` of the database, with a function fold(text) that is this
// module's, for the account with this row number. What is seen is the caller's to add.
SqlText sql_of(const SmartRules& rules, std::int64_t account, WallTime now);
// "ORDER BY ..."; complete, so that the order is always the same.
SqlText order_of(const SmartRules& rules);

}  // namespace tutti::library
