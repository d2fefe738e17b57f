#pragma once
// Identities. Ids have equality and a hash but no order, so that no behaviour depends on how they
// were drawn; generations, epochs and versions have not even equality: the one question is
// is_current, asked inside a GUARD.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tutti {

// Opaque 64 random bits of one kind. On the wire: 13 characters of Crockford base32 (no I, L, O,
// U), high bits first.
template <class Tag>
struct Id {
  std::uint64_t value = 0;
  friend bool operator==(Id, Id) = default;
  explicit operator bool() const { return value != 0; }
};

std::string id_text(std::uint64_t value);
std::optional<std::uint64_t> id_parse(std::string_view text);

template <class Tag>
std::string to_text(Id<Tag> id) {
  return id_text(id.value);
}

using AccountId = Id<struct AccountTag>;
using FeedId = Id<struct FeedTag>;
using JobToken = Id<struct JobTag>;
using FolderId = Id<struct FolderTag>;  // a folder of music, a library of its own
using TrackId = Id<struct TrackTag>;
using AlbumId = Id<struct AlbumTag>;
using ArtistId = Id<struct ArtistTag>;
using PlaylistId = Id<struct PlaylistTag>;
using StreamId = Id<struct StreamTag>;  // audio for one listener over HTTP
using GroupId = Id<struct GroupTag>;    // rooms that play one queue

// A counter of incarnations. Tag tells generations (of handles), epochs (of logs and streams),
// versions (of states).
template <class Tag>
class Incarnation {
 public:
  constexpr Incarnation() = default;
  constexpr explicit Incarnation(std::uint32_t value) : value_(value) {}
  constexpr Incarnation next() const { return Incarnation(value_ + 1); }
  // For the wire, logs and hashes; never for decisions.
  constexpr std::uint32_t number() const { return value_; }

 private:
  template <class T>
  friend constexpr bool is_current(Incarnation<T> held, Incarnation<T> seen);
  std::uint32_t value_ = 0;
};

template <class Tag>
constexpr bool is_current(Incarnation<Tag> held, Incarnation<Tag> seen) {
  return held.value_ == seen.value_;
}

using Generation = Incarnation<struct GenerationTag>;
using Epoch = Incarnation<struct EpochTag>;
using Version = Incarnation<struct VersionTag>;

// A place in a Table and which of its occupants is meant.
struct Handle {
  std::uint32_t slot = 0;
  Generation generation;
  // Identity of handles as values (keys of maps); whether one is still valid is asked of its table.
  friend bool operator==(Handle a, Handle b) {
    return a.slot == b.slot && a.generation.number() == b.generation.number();
  }
};

// A connection as the house knows it.
struct ConnId {
  std::uint16_t edge = 0;
  Handle handle;
  friend bool operator==(ConnId, ConnId) = default;
};

inline std::size_t hash_mix(std::uint64_t x) {  // splitmix64's finalizer (Steele, Lea, Flood 2014)
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<std::size_t>(x ^ (x >> 31));
}

}  // namespace tutti

template <class Tag>
struct std::hash<tutti::Id<Tag>> {
  std::size_t operator()(tutti::Id<Tag> id) const { return tutti::hash_mix(id.value); }
};
template <>
struct std::hash<tutti::Handle> {
  std::size_t operator()(tutti::Handle h) const {
    return tutti::hash_mix((std::uint64_t{h.slot} << 32) | h.generation.number());
  }
};
template <>
struct std::hash<tutti::ConnId> {
  std::size_t operator()(tutti::ConnId c) const {
    return std::hash<tutti::Handle>{}(c.handle) ^ tutti::hash_mix(c.edge + 1ULL);
  }
};
