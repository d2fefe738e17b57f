#pragma once
// Search as one types: artists, albums and tracks, each the best of the first kRanked matches in
// the index's static order.

#include "shell/store/library_scope.hpp"

namespace tutti::shell {

Result<library::SearchAnswer> search(const Scope& scope, const library::Search& query);
// Row numbers of the tracks that a search finds, best first.
Result<std::vector<std::int64_t>> rows_of_search(const Scope& scope, const std::string& text,
                                                 std::int64_t limit);

}  // namespace tutti::shell
