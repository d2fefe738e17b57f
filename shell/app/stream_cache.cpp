#include "shell/app/stream_cache.hpp"

#include <fmt/format.h>

namespace tutti::shell {
namespace {

constexpr std::size_t kRemembered = 4096;
constexpr std::size_t kBlock = 256 * 1024;

std::string name_of(const play::StreamWish& wish, const std::string& version) {
  static constexpr const char* kEndings[] = {"", "opus", "mp3", "flac", "wav"};
  return fmt::format("{}-{}-{}.{}", id_text(wish.track.value), version, wish.kbps,
                     kEndings[static_cast<std::size_t>(wish.codec)]);
}

}  // namespace

std::optional<StreamCache::File> StreamCache::find(const play::StreamWish& wish,
                                                   const std::string& version) const {
  return folder_.find(name_of(wish, version));
}

bool StreamCache::asked_again(const play::StreamWish& wish, const std::string& version) {
  if (asked_.size() >= kRemembered) asked_.clear();
  return ++asked_[name_of(wish, version)] == 2;
}

Result<StreamCache::File> StreamCache::make(const Media& media, const play::TrackFacts& facts,
                                            const play::StreamWish& wish,
                                            const std::string& version,
                                            const std::atomic<bool>& cancelled) const {
  auto stream = AudioStream::open(media, facts, wish);
  if (!stream) return std::unexpected(stream.error());
  return folder_.put(name_of(wish, version), [&]() -> Result<std::string> {
    if (cancelled) return fail(Code::cancelled, "the server stops");
    return (*stream)->read(kBlock);
  });
}

}  // namespace tutti::shell
