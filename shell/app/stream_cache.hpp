#pragma once
// StreamCache: transcoded tracks as files, made when a track is asked for again. Thread: loop, but
// make(), which is a worker's.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/base/result.hpp"
#include "core/play/streams.hpp"
#include "shell/app/audio_stream.hpp"
#include "shell/app/cache_folder.hpp"

namespace tutti::shell {

class StreamCache {
 public:
  explicit StreamCache(std::string folder, std::uint64_t most_bytes = std::uint64_t{2} << 30)
      : folder_(std::move(folder), most_bytes) {}

  using File = CacheFolder::File;
  // The file of this wish for a track of this size and time, if it was made.
  std::optional<File> find(const play::StreamWish& wish, const std::string& version) const;
  // True when it was asked for before and should be made now. Once until it is forgotten.
  bool asked_again(const play::StreamWish& wish, const std::string& version);
  // Writes all of the stream. Errors: of the stream, and of CacheFolder::put.
  Result<File> make(const Media& media, const play::TrackFacts& facts, const play::StreamWish& wish,
                    const std::string& version, const std::atomic<bool>& cancelled) const;

 private:
  CacheFolder folder_;
  std::unordered_map<std::string, int> asked_;
};

}  // namespace tutti::shell
