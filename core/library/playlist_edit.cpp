#include "core/library/playlist_edit.hpp"

#include <algorithm>
#include <string>

namespace tutti::library {

namespace {

std::unexpected<Error> no_place(const char* field, std::int64_t place, std::size_t size) {
  return fail(Code::bad_request,
              std::string(field) + ": " + std::to_string(place) +
                  " is no place of this playlist, which has " + std::to_string(size) + " items",
              "places count from 0");
}

bool is_place(std::int64_t place, std::size_t size) {
  return place >= 0 && static_cast<std::size_t>(place) < size;
}

Items::iterator at(Items& items, std::int64_t place) {
  return items.begin() + static_cast<std::ptrdiff_t>(place);
}

}  // namespace

Result<Items> edited(Items items, const AddToPlaylist& edit) {
  auto size = static_cast<std::int64_t>(items.size());
  std::int64_t place = edit.at.value_or(size);
  if (place < 0 || place > size) return no_place("at", place, items.size());
  if (size + static_cast<std::int64_t>(edit.tracks.size()) > kPlaylistItems) {
    return fail(Code::too_large,
                "a playlist holds at most " + std::to_string(kPlaylistItems) + " tracks");
  }
  items.insert(at(items, place), edit.tracks.begin(), edit.tracks.end());
  return items;
}

Result<Items> edited(Items items, const RemoveFromPlaylist& edit) {
  std::vector<bool> gone(items.size());
  for (std::int64_t place : edit.places) {
    if (!is_place(place, items.size())) return no_place("places", place, items.size());
    if (gone[static_cast<std::size_t>(place)]) {
      return fail(Code::bad_request,
                  "places: " + std::to_string(place) + " is named more than once");
    }
    gone[static_cast<std::size_t>(place)] = true;
  }
  Items left;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (!gone[i]) left.push_back(items[i]);
  return left;
}

Result<Items> edited(Items items, const MoveInPlaylist& edit) {
  auto size = static_cast<std::int64_t>(items.size());
  if (!is_place(edit.from, items.size())) return no_place("from", edit.from, items.size());
  if (edit.count < 1 || edit.count > size - edit.from)
    return no_place("count", edit.from + edit.count - 1, items.size());
  if (edit.to < 0 || edit.to > size - edit.count) return no_place("to", edit.to, items.size());
  auto first = at(items, edit.from);
  auto last = at(items, edit.from + edit.count);
  if (edit.to < edit.from) std::rotate(at(items, edit.to), first, last);
  else std::rotate(first, last, at(items, edit.to + edit.count));
  return items;
}

Result<Items> edited(Items items, const ReorderPlaylist& edit) {
  if (edit.order.size() != items.size()) {
    return fail(Code::bad_request, "order: names " + std::to_string(edit.order.size()) +
                                       " places of " + std::to_string(items.size()));
  }
  std::vector<bool> seen(items.size());
  Items ordered;
  ordered.reserve(items.size());
  for (std::int64_t place : edit.order) {
    if (!is_place(place, items.size())) return no_place("order", place, items.size());
    auto index = static_cast<std::size_t>(place);
    if (seen[index])
      return fail(Code::bad_request,
                  "order: " + std::to_string(place) + " is named more than once");
    seen[index] = true;
    ordered.push_back(items[index]);
  }
  return ordered;
}

}  // namespace tutti::library
