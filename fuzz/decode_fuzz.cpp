// Any bytes as a music file: opened, read, sought, read on. libav must neither crash nor bring us
// to, and what comes out is bounded by what went in.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "shell/media/av/source.hpp"

using namespace tutti;

namespace {

void read_some(render::Source& source, int blocks) {
  std::vector<float> block(static_cast<std::size_t>(source.info().channels) * 4096);
  for (int i = 0; i < blocks; ++i) {
    auto n = source.read(block);
    if (!n || *n == 0) return;
    if (*n > 4096) std::abort();
  }
}

}  // namespace

// The first two bytes say where to seek to, the rest is the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  av_log_set_level(AV_LOG_QUIET);
  int file = ::memfd_create("music", 0);
  if (file < 0 || ::write(file, data + 2, size - 2) < 0) std::abort();
  {
    auto source = shell::av::AvSource::open("/proc/self/fd/" + std::to_string(file));
    if (source) {
      read_some(**source, 30);
      if ((*source)->seek((data[0] << 8 | data[1]) * 16)) read_some(**source, 10);
    }
  }
  ::close(file);
  return 0;
}
