#pragma once
// What lies beside tracks and belongs to them: the picture of their directory and their lyrics. By
// names; whoever lists a directory adds them. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/library/track.hpp"

namespace tutti::library {

// cover, folder or front with .jpg, .jpeg, .png or .webp: how good it is, 0 best; -1: no cover.
int cover_rank(std::string_view name);
// A cover, or NAME.lrc; upper and lower case are one.
bool is_companion_name(std::string_view name);

class Companions {
 public:
  // Adds what is a companion by its name; nothing else. In any order; `sort` after the last.
  void add(std::string_view name, FileStamp stamp = {});
  void sort();
  void clear();

  // The best cover; "" for none.
  const std::string& cover() const { return cover_.name; }
  // NAME.lrc of the track NAME.mp3; "" for none.
  std::string_view lyrics(std::string_view track) const;
  // Of all that belongs to this track, names and stamps: another number when any of it is another,
  // is new or gone (but for collisions of 64 bits). 0 when nothing belongs to it.
  std::uint64_t mark(std::string_view track) const;

 private:
  struct Beside {
    std::string name;
    std::uint64_t mark = 0;
  };
  const Beside* lyrics_of(std::string_view track) const;

  Beside cover_;
  std::vector<Beside> lyrics_;  // sorted by the name without its ending, then backwards by name
};

}  // namespace tutti::library
