#pragma once
// Playlist files of formats that the store does not know: it is asked for entries instead, which
// are read and written here. Thread: any.

#include "core/library/requests.hpp"

namespace tutti::shell {

// The request as the store takes it. Errors: of the file's reader (bad_request, too_large).
Result<library::Request> with_entries(library::Request request);
// The store's answer as it was asked for.
library::Answer as_file(library::Answer answer);

}  // namespace tutti::shell
