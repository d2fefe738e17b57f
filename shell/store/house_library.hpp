#pragma once
// What accounts do with their music, written to house.db. Thread: store (the house's writer lane).

#include "core/base/random.hpp"
#include "core/library/requests.hpp"
#include "shell/store/sqlite.hpp"

namespace tutti::shell {

// Carries out a request that changes something, in one transaction. `view` is a reader of
// library.db with house.db attached, of the same thread. Errors: not_found (also for what the
// account may not see), bad_request, too_large, stale; no_space, io, busy; after an error nothing
// has changed. A request that changes nothing is a bug of the caller (internal).
Result<library::Answer> apply_library(Database& house, Database& view, const library::Ask& ask,
                                      Random& random);

}  // namespace tutti::shell
