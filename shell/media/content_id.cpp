// XXH3-128 (xxHash specification 0.2) in one place.
#include <xxhash.h>

#include <algorithm>
#include <string>

#include "core/base/check.hpp"
#include "shell/media/container.hpp"

namespace tutti::shell {
namespace {

constexpr std::int64_t kEnd = 64 * 1024;

class Hash {
 public:
  Hash() : state_(XXH3_createState()) {
    INVARIANT(state_ != nullptr);
    XXH3_128bits_reset(state_);
  }
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;
  ~Hash() { XXH3_freeState(state_); }
  void add(ByteView bytes) { XXH3_128bits_update(state_, bytes.data(), bytes.size()); }
  library::ContentId value() const {
    XXH128_hash_t hash = XXH3_128bits_digest(state_);
    // All zero means "none"; one value in 2^128 may as well be another.
    return {{hash.low64, hash.high64 == 0 && hash.low64 == 0 ? 1 : hash.high64}};
  }

 private:
  XXH3_state_t* state_;
};

void add_plain(Hash& hash, BlockFile& file, std::int64_t begin, std::int64_t end) {
  while (begin < end) {
    ByteView some = file.peek(begin);
    if (some.empty()) return;  // shorter than it was: the stamp tells
    some = some.first(std::min(some.size(), static_cast<std::size_t>(end - begin)));
    hash.add(some);
    begin += static_cast<std::int64_t>(some.size());
  }
}

// Page numbers and checksums (bytes 18 to 25 of a page's head, RFC 3533 section 6) become zero. A
// window that begins within a page is looked through for the next one.
void mask_pages(std::string& window) {
  for (std::size_t at = 0; (at = window.find("OggS", at)) != std::string::npos;) {
    if (at + 27 > window.size()) {
      std::fill(window.begin() + static_cast<std::ptrdiff_t>(std::min(at + 18, window.size())),
                window.end(), '\0');
      return;
    }
    std::fill_n(window.begin() + static_cast<std::ptrdiff_t>(at + 18), 8, '\0');
    std::size_t segments = static_cast<unsigned char>(window[at + 26]);
    std::size_t size = 27 + segments;
    for (std::size_t i = 0; i < segments && at + 27 + i < window.size(); ++i)
      size += static_cast<unsigned char>(window[at + 27 + i]);
    at = std::min(at + size, window.size());
  }
}

void add_ogg(Hash& hash, BlockFile& file, std::int64_t begin, std::int64_t end) {
  std::string window(static_cast<std::size_t>(end - begin), '\0');
  window.resize(file.read(begin, std::as_writable_bytes(std::span(window))));
  mask_pages(window);
  hash.add(as_bytes(window));
}

bool is_ogg(Container container) {
  return container == Container::ogg_vorbis || container == Container::ogg_opus ||
         container == Container::ogg_flac || container == Container::ogg_speex;
}

}  // namespace

library::ContentId content_id(BlockFile& file, Container container, std::string_view codec) {
  AudioRange audio = find_audio(file, container);
  std::array<std::byte, 8> length;
  store_be(length.data(), static_cast<std::uint64_t>(audio.end - audio.begin));
  Hash hash;
  hash.add(as_bytes(codec));
  hash.add(length);
  auto add = is_ogg(container) ? add_ogg : add_plain;
  if (audio.end - audio.begin <= 2 * kEnd) {
    add(hash, file, audio.begin, audio.end);
  } else {
    add(hash, file, audio.begin, audio.begin + kEnd);
    add(hash, file, audio.end - kEnd, audio.end);
  }
  return hash.value();
}

library::ArtworkKey artwork_key(ByteView bytes) {
  if (bytes.empty()) return {};
  XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {{hash.low64, hash.high64 == 0 && hash.low64 == 0 ? 1 : hash.high64}};
}

}  // namespace tutti::shell
