#include "shell/media/media.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "shell/media/av/entry.hpp"

namespace tutti::shell {
namespace {

constexpr const char* kLibrary = "tutti-media.so";
constexpr const char* kInstall =
    "it is built with the program and needs FFmpeg's libavformat and libavcodec: on Debian and "
    "Ubuntu `apt install ffmpeg`, then ./run again";

std::string folder_of_program() {
  std::array<char, PATH_MAX> path{};
  ssize_t n = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  std::string text(path.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  return text.substr(0, text.find_last_of('/'));
}

Result<Media> load() {
  std::string folder = folder_of_program();
  std::string why;
  for (const std::string& place : {folder + "/" + kLibrary, folder + "/../lib/tutti/" + kLibrary}) {
    bool there = ::access(place.c_str(), F_OK) == 0;
    void* library = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      const char* reason = ::dlerror();
      // Of the two places, the one where the file lies tells more.
      if (there || why.empty()) why = reason != nullptr ? reason : place;
      continue;
    }
    auto entry = reinterpret_cast<MediaEntry>(::dlsym(library, kMediaEntry));
    Media media;
    if (entry != nullptr && entry(TUTTI_MEDIA_ABI, &media)) return media;
    ::dlclose(library);
    return fail(Code::conflict, place + " is from another build of tutti",
                "build both again, or remove the file");
  }
  return fail(Code::unavailable, "music cannot be decoded: " + why, kInstall);
}

}  // namespace

Result<Media> load_media() {
  static const Result<Media> media = load();  // the library stays for the life of the process
  return media;
}

}  // namespace tutti::shell
