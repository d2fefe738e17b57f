// 2121, report 002 (Dimension 3, "Per-chunk open/read/close for normal stream",
// audio_stream_controller.py:712-719): safe in the report; the wrong variant is the code before,
// which reads the whole file and slices it. No interleaving: memory grows with the file.
#include <algorithm>

#include "sim/explore/property.hpp"
#include "sim/races/rows_list.hpp"

namespace tutti::races {
namespace {

// A file whose frame i is i, and the most that was held of it at once.
struct SoundFile {
  std::size_t frames = 0;
  std::size_t most_held = 0;
  std::vector<std::size_t> read(std::size_t from, std::size_t count) {
    std::vector<std::size_t> out;
    for (std::size_t i = from; i < std::min(frames, from + count); ++i) out.push_back(i);
    most_held = std::max(most_held, out.size());
    return out;
  }
};

explore::Broken streams_in_pieces(Choose& choose, bool repaired) {
  SoundFile file{choose.choose(200, "frames in the file")};
  std::size_t chunk = 1 + choose.choose(16, "frames of a chunk");
  std::vector<std::size_t> whole, sent;
  if (!repaired) whole = file.read(0, file.frames);
  for (std::size_t at = 0; at < file.frames; at += chunk) {
    std::vector<std::size_t> piece;
    // The fix: open, seek, read one chunk, close.
    if (repaired) piece = file.read(at, chunk);
    for (std::size_t i = at; !repaired && i < std::min(whole.size(), at + chunk); ++i)
      piece.push_back(whole[i]);
    sent.insert(sent.end(), piece.begin(), piece.end());
  }
  FAIL_UNLESS(sent.size() == file.frames, "frames lost or doubled");
  for (std::size_t i = 0; i < sent.size(); ++i) FAIL_UNLESS(sent[i] == i, "frames out of order");
  FAIL_UNLESS(file.most_held <= chunk, "more of the file in memory than one chunk");
  return explore::kHolds;
}

}  // namespace

Row row_2121() {
  Row row{"2121", "002", "L", "a whole file in memory per stream",
          "a stream reads in pieces, never a whole file"};
  row.wrong_property = [](Choose& choose) { return streams_in_pieces(choose, false); };
  row.repaired_property = [](Choose& choose) { return streams_in_pieces(choose, true); };
  row.tested = "shell/app: \"audio stream: a long track is never held whole\"";
  row.unguarded = "a body is asked for in blocks; nobody could hold more";
  return row;
}

}  // namespace tutti::races
