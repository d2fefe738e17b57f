#pragma once
// AvEncoder: PCM to ogg, mp3, flac, wav or m4a, by libav. Thread: one at a time.

#include <memory>
#include <string>
#include <vector>

#include "core/render/encoder.hpp"

namespace tutti::shell::av {

Result<std::unique_ptr<render::Encoder>> open_encoder(const render::EncoderSpec& spec);
Result<std::unique_ptr<render::Encoder>> open_file_encoder(const std::string& path,
                                                           const render::EncoderSpec& spec);

}  // namespace tutti::shell::av
