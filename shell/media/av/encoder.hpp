#pragma once
// AvEncoder: PCM to a stream in ogg, mp3, flac or wav, by libav. Thread: one at a time.

#include <memory>
#include <string>
#include <vector>

#include "core/render/encoder.hpp"

namespace tutti::shell::av {

Result<std::unique_ptr<render::Encoder>> open_encoder(const render::EncoderSpec& spec);

}  // namespace tutti::shell::av
