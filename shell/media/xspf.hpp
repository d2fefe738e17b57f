#pragma once
// XSPF playlists (https://xspf.org/spec, version 1), read and written. Addresses in them become the
// paths of core/library/m3u.hpp, which says where such a path may lead. Thread: any.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/library/playlist.hpp"

namespace tutti::shell {

// Entries in order. A location without a scheme is decoded to a path; file:// addresses and others
// stay as they are. A track without a location is kept under its title, so that it is told as
// missing. Entities of a document type are not expanded and nothing is fetched. Errors: bad_request
// (no XML, no playlist), too_large (library::kImportBytes, m3u's number of entries).
Result<std::vector<library::PlaylistEntry>> read_xspf(std::string_view text);

// Relative paths become relative references, absolute ones file:// addresses.
std::string write_xspf(const std::string& name, const std::vector<library::PlaylistEntry>& entries);

}  // namespace tutti::shell
