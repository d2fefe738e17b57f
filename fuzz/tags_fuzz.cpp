// Guards: no bytes break the reading of tags, and what is read is valid and bounded. The first byte
// chooses whether the name ends in .mp3, which counts where the content says nothing. TagLib runs
// in this process: a crash in it is found here, though in the server a child would take it.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.hpp"
#include "core/base/utf8.hpp"
#include "shell/media/tag_fields.hpp"
#include "shell/media/tag_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tutti;
  using namespace tutti::shell;
  if (size < 2) return 0;
  static const int fd = ::memfd_create("music", MFD_CLOEXEC);
  INVARIANT(::ftruncate(fd, 0) == 0);
  INVARIANT(::pwrite(fd, data + 1, size - 1, 0) == static_cast<ssize_t>(size - 1));
  auto file = BlockFile::open("/proc/self/fd/" + std::to_string(fd));
  INVARIANT(file);
  Container container = detect_container(*file, data[0] % 2 == 0 ? "x.mp3" : "x.ogg");
  AudioRange audio = find_audio(*file, container);
  INVARIANT(audio.begin <= audio.end && audio.end <= file->size());
  auto parsed = detail::parse_tags(*file, container, true);
  if (!parsed) return 0;
  (void)content_id(*file, container, parsed->audio.codec);
  const library::Tags& tags = parsed->tags;
  INVARIANT(utf8_valid(tags.title) && tags.title.size() <= kTextBytes);
  INVARIANT(utf8_valid(tags.lyrics) && tags.lyrics.size() <= kLyricsBytes);
  for (const std::string& artist : tags.artists) INVARIANT(utf8_valid(artist) && !artist.empty());
  return 0;
}
