#pragma once
// Things of the library as answers show them, loaded one by one by their ids: a page is short, and
// each is a few lookups.

#include <span>

#include "shell/store/library_scope.hpp"

namespace tutti::shell {

std::string artwork_text(ByteView bytes);
std::string time_text(std::int64_t us);  // RFC 3339; empty for 0
std::vector<library::ArtistRef> artist_refs(const std::vector<std::string>& names);

// By row numbers, in their order; those that are gone are left out.
Result<std::vector<library::TrackView>> track_views(const Scope& scope,
                                                    std::span<const std::int64_t> rows);
// One by its id; nothing when it is not there or not to be seen.
Result<std::optional<library::TrackView>> track_view(const Scope& scope, TrackId track);
// By ids as integers, with what the scope sees of each; without such tracks they are left out.
Result<std::vector<library::AlbumView>> album_views(const Scope& scope,
                                                    std::span<const std::int64_t> ids);
Result<std::vector<library::ArtistView>> artist_views(const Scope& scope,
                                                      std::span<const std::int64_t> ids);

}  // namespace tutti::shell
