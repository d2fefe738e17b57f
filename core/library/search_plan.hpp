#pragma once
// What is typed, as a question to the search index, and how well an answer fits. The index gives
// its rows in a static order, most played first; the first kRanked that match are ranked, so that
// a question costs the same however many there are.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::library {

inline constexpr std::size_t kRanked = 200;      // matches that are ranked
inline constexpr std::size_t kSearchWords = 12;  // further ones are left out

struct SearchPlan {
  std::vector<std::string> words;  // folded; the last may be begun only
  bool last_is_whole = false;      // a space was typed behind it
  bool empty() const { return words.empty(); }
};
SearchPlan plan_search(std::string_view typed);

// The question to the index (https://sqlite.org/fts5.html#full_text_query_syntax): every word, the
// last one as a beginning; `all_begun`: each as a beginning. A word is letters and digits in
// quotes, so nothing typed is ever syntax. Within any of `folders`, words of folder_word; none
// given: anywhere.
std::string match_text(const SearchPlan& plan, bool all_begun,
                       const std::vector<std::string>& folders = {});

// How well a row fits; more is better. `words` is a row of the index: a field a line, the name
// first. A name that is or begins with what was typed comes before one that has the words
// somewhere; within a field a whole word before one begun; title, artist, album, the rest.
int rank(const SearchPlan& plan, std::string_view words);

}  // namespace tutti::library
