#pragma once
// Edits of a playlist as what they make of its items: places, bounds and orders are checked here.

#include <vector>

#include "core/base/result.hpp"
#include "core/library/playlist.hpp"

namespace tutti::library {

using Items = std::vector<TrackId>;

// Each gives the items as they are afterwards. Errors: bad_request (a place that there is none of,
// a place named twice, an order that does not name each once), too_large (beyond kPlaylistItems).
Result<Items> edited(Items items, const AddToPlaylist& edit);
Result<Items> edited(Items items, const RemoveFromPlaylist& edit);
Result<Items> edited(Items items, const MoveInPlaylist& edit);
Result<Items> edited(Items items, const ReorderPlaylist& edit);

}  // namespace tutti::library
