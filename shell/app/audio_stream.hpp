#pragma once
// One listener's audio over HTTP: a Render and an encoder, pulled block by block. Thread: audio
// (one call at a time, on whichever worker).

#include <memory>
#include <string>

#include "core/play/facts.hpp"
#include "core/play/streams.hpp"
#include "core/render/render.hpp"
#include "shell/media/media.hpp"

namespace tutti::shell {

class AudioStream {
 public:
  // Opens the track. Errors: those of the source; unsupported (the encoder).
  static Result<std::unique_ptr<AudioStream>> open(const Media& media,
                                                   const play::TrackFacts& facts,
                                                   const play::StreamWish& wish);
  const std::string& type() const { return type_; }
  // About so many bytes, at least one; none: the end.
  Result<std::string> read(std::size_t bytes);

 private:
  AudioStream() = default;
  std::unique_ptr<render::Render> render_;
  std::unique_ptr<render::Encoder> encoder_;
  std::vector<render::Command> commands_;  // of the first slice
  std::string type_;
  std::string ready_;
  bool finished_ = false;
};

// The Content-Type of a file of music, by its name.
std::string music_type(const std::string& path);

}  // namespace tutti::shell
