#include "core/library/requests.hpp"

namespace tutti::library {

namespace {

template <class... Writes>
bool is_one_of(const Request& request) {
  return (std::holds_alternative<Writes>(request) || ...);
}

}  // namespace

bool changes(const Request& request) {
  return is_one_of<RateTrack, FavouriteTrack, FavouriteAlbum, FavouriteArtist, RecordPlay,
                   SetAccountFolders, CreatePlaylist, RenamePlaylist, DeletePlaylist, AddToPlaylist,
                   RemoveFromPlaylist, MoveInPlaylist, ReorderPlaylist, ImportPlaylist,
                   ImportEntries, CreateSmartPlaylist, UpdateSmartPlaylist>(request);
}

std::span<const EnumName<Sort>> names_of(Sort) {
  static constexpr EnumName<Sort> kNames[] = {{Sort::name, "name"},     {Sort::added, "added"},
                                              {Sort::plays, "plays"},   {Sort::played, "played"},
                                              {Sort::rating, "rating"}, {Sort::date, "date"},
                                              {Sort::random, "random"}};
  return kNames;
}

std::span<const EnumName<PlaylistFormat>> names_of(PlaylistFormat) {
  static constexpr EnumName<PlaylistFormat> kNames[] = {{PlaylistFormat::m3u, "m3u"},
                                                        {PlaylistFormat::xspf, "xspf"}};
  return kNames;
}

}  // namespace tutti::library
