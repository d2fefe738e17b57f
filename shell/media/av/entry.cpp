// What tutti-media.so shows to the program that loads it.

#include "shell/media/av/entry.hpp"

#include <cstring>

#include "shell/media/av/encoder.hpp"
#include "shell/media/av/source.hpp"

namespace {

std::string version_text(const char* name, unsigned version) {
  return std::string(name) + " " + std::to_string(AV_VERSION_MAJOR(version)) + "." +
         std::to_string(AV_VERSION_MINOR(version)) + "." +
         std::to_string(AV_VERSION_MICRO(version));
}

}  // namespace

extern "C" __attribute__((visibility("default"))) bool tutti_media(const char* abi,
                                                                   tutti::shell::Media* media) {
  if (std::strcmp(abi, TUTTI_MEDIA_ABI) != 0) return false;
  // What libav wants to say goes to the caller as errors, not to the terminal.
  av_log_set_level(AV_LOG_QUIET);
  media->open_source = tutti::shell::av::AvSource::open;
  media->open_encoder = tutti::shell::av::open_encoder;
  media->open_file_encoder = tutti::shell::av::open_file_encoder;
  media->libraries = version_text("libavformat", avformat_version()) + ", " +
                     version_text("libavcodec", avcodec_version());
  return true;
}
