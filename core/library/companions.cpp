#include "core/library/companions.hpp"

#include <algorithm>
#include <array>

namespace tutti::library {
namespace {

constexpr std::size_t kLongestCover = 12;  // bytes of "folder.jpeg" and one more
constexpr std::string_view kLyricsEnding = ".lrc";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_ending(std::string_view name, std::string_view ending) {
  if (name.size() <= ending.size()) return false;
  name.remove_prefix(name.size() - ending.size());
  return std::equal(name.begin(), name.end(), ending.begin(),
                    [](char a, char b) { return lower(a) == b; });
}

std::string_view stem(std::string_view name) { return name.substr(0, name.rfind('.')); }

std::uint64_t mark_of(std::string_view name, FileStamp stamp) {
  std::uint64_t mark = 0;
  for (char c : name) mark = hash_mix(mark ^ static_cast<unsigned char>(c));
  mark = hash_mix(mark ^ static_cast<std::uint64_t>(stamp.size));
  return hash_mix(mark ^ static_cast<std::uint64_t>(stamp.mtime_ns)) | 1;  // never 0
}

}  // namespace

int cover_rank(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kStems{"cover", "folder", "front"};
  static constexpr std::array<std::string_view, 4> kEndings{".jpg", ".jpeg", ".png", ".webp"};
  if (name.size() > kLongestCover) return -1;
  std::string plain(name);  // short: no memory is taken
  std::transform(plain.begin(), plain.end(), plain.begin(), lower);
  for (std::size_t s = 0; s < kStems.size(); ++s)
    for (std::size_t e = 0; e < kEndings.size(); ++e)
      if (plain.starts_with(kStems[s]) && plain.substr(kStems[s].size()) == kEndings[e])
        return static_cast<int>(s * kEndings.size() + e);
  return -1;
}

bool is_companion_name(std::string_view name) {
  return is_ending(name, kLyricsEnding) || cover_rank(name) >= 0;
}

void Companions::add(std::string_view name, FileStamp stamp) {
  if (is_ending(name, kLyricsEnding)) {
    lyrics_.push_back({std::string(name), mark_of(name, stamp)});
    return;
  }
  int rank = cover_rank(name);
  if (rank < 0) return;
  int held = cover_.name.empty() ? rank + 1 : cover_rank(cover_.name);
  // Of two that differ in case only, any listing must choose the same.
  if (rank < held || (rank == held && name < cover_.name))
    cover_ = {std::string(name), mark_of(name, stamp)};
}

// ".lrc" comes before ".LRC" where both are there.
void Companions::sort() {
  std::sort(lyrics_.begin(), lyrics_.end(), [](const Beside& a, const Beside& b) {
    return stem(a.name) != stem(b.name) ? stem(a.name) < stem(b.name) : a.name > b.name;
  });
}

void Companions::clear() {
  cover_ = {};
  lyrics_.clear();
}

const Companions::Beside* Companions::lyrics_of(std::string_view track) const {
  if (lyrics_.empty()) return nullptr;
  std::string_view wanted = stem(track);
  auto found = std::lower_bound(
      lyrics_.begin(), lyrics_.end(), wanted,
      [](const Beside& each, std::string_view than) { return stem(each.name) < than; });
  return found != lyrics_.end() && stem(found->name) == wanted ? &*found : nullptr;
}

std::string_view Companions::lyrics(std::string_view track) const {
  const Beside* found = lyrics_of(track);
  return found == nullptr ? std::string_view{} : std::string_view(found->name);
}

std::uint64_t Companions::mark(std::string_view track) const {
  const Beside* lyrics = lyrics_of(track);
  if (lyrics == nullptr) return cover_.mark;
  return hash_mix(cover_.mark + 3 * lyrics->mark) | 1;
}

}  // namespace tutti::library
