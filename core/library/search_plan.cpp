#include "core/library/search_plan.hpp"

#include <algorithm>

#include "core/library/fold.hpp"

namespace tutti::library {

namespace {

// By field, in the order of a row's lines (WordField); what comes later counts as the last.
struct Weight {
  int whole;
  int begun;
};
constexpr Weight kWeights[] = {{60, 40}, {50, 34}, {30, 20}, {24, 16}, {12, 8}, {10, 6}, {10, 6}};
constexpr Weight kRest{6, 4};

constexpr int kIs = 1000;         // the name is what was typed
constexpr int kBegins = 500;      // it begins with it
constexpr int kBeginsWord = 100;  // its first word is the first that was typed

Weight weight_of(std::size_t line) { return line < std::size(kWeights) ? kWeights[line] : kRest; }

// The best weight that `word` has in a row.
int weigh(std::string_view row, std::string_view word) {
  int best = 0;
  std::size_t line = 0;
  std::size_t counted = 0;  // up to where lines were counted
  for (std::size_t at = row.find(word); at != row.npos; at = row.find(word, at + 1)) {
    if (at > 0 && row[at - 1] != ' ' && row[at - 1] != '\n') continue;
    line +=
        static_cast<std::size_t>(std::count(row.begin() + static_cast<std::ptrdiff_t>(counted),
                                            row.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    std::size_t end = at + word.size();
    bool whole = end == row.size() || row[end] == ' ' || row[end] == '\n';
    Weight weight = weight_of(line);
    best = std::max(best, whole ? weight.whole : weight.begun);
    if (best >= weight_of(line + 1).whole) break;  // lines below weigh less
  }
  return best;
}

}  // namespace

SearchPlan plan_search(std::string_view typed) {
  SearchPlan plan;
  std::string folded = fold(typed);
  for (std::string_view rest = folded; !rest.empty();) {
    std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    // A word twice asks nothing more; the last one stays the last.
    auto same = std::find(plan.words.begin(), plan.words.end(), word);
    if (same != plan.words.end()) plan.words.erase(same);
    plan.words.emplace_back(word);
    if (plan.words.size() == kSearchWords) break;
  }
  plan.last_is_whole = !typed.empty() && typed.back() == ' ';
  return plan;
}

std::string match_text(const SearchPlan& plan, bool all_begun,
                       const std::vector<std::string>& folders) {
  std::string out;
  for (const std::string& word : plan.words) {
    if (!out.empty()) out += " AND ";
    bool begun = all_begun || (&word == &plan.words.back() && !plan.last_is_whole);
    out += '"' + word + '"';
    if (begun) out += " *";
  }
  if (folders.empty() || out.empty()) return out;
  out += " AND (";
  for (const std::string& folder : folders) {
    if (&folder != &folders.front()) out += " OR ";
    out += '"' + folder + '"';
  }
  return out += ')';
}

int rank(const SearchPlan& plan, std::string_view words) {
  int sum = 0;
  for (const std::string& word : plan.words) sum += weigh(words, word);
  std::string_view name = words.substr(0, words.find('\n'));
  // The words in the order they were typed, compared without joining them.
  std::string_view rest = name;
  if (rest.starts_with("the ") && !plan.empty() && plan.words.front() != "the")
    rest.remove_prefix(4);
  for (std::size_t i = 0; i < plan.words.size(); ++i) {
    const std::string& word = plan.words[i];
    if (!rest.starts_with(word)) return i > 0 ? sum + kBeginsWord : sum;
    bool last = i + 1 == plan.words.size();
    rest.remove_prefix(word.size());
    if (last) return sum + (rest.empty() ? kIs : kBegins);
    if (!rest.starts_with(' ')) return sum;
    rest.remove_prefix(1);
  }
  return sum;
}

}  // namespace tutti::library
