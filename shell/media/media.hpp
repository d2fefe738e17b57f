#pragma once
// The door to libav: it lives in tutti-media.so, loaded at the first use, so that who never decodes
// does not pay its 25 MB. Beside the program, else in ../lib/tutti.

#include <string>

#include "core/base/result.hpp"
#include "core/render/encoder.hpp"
#include "core/render/source.hpp"

namespace tutti::shell {

struct Media {
  render::OpenSource
      open_source;  // errors: not_found, forbidden, io, corrupt, unsupported, timeout
  render::OpenEncoder open_encoder;
  render::OpenFileEncoder open_file_encoder;
  std::string libraries;  // "libavformat 59.27.100, libavcodec 59.37.100"
};

// Thread: any; loads once in a process. unavailable, with what to install, when the library or what
// it links is missing; conflict when it was built from another version.
Result<Media> load_media();

}  // namespace tutti::shell
