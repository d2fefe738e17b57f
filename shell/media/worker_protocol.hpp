#pragma once
// What is said between the server and the child that reads files for it: frames of a length (32
// bits, little-endian) and that many bytes. Down goes a batch of paths, up come answers, one frame
// a file, in the order of the batch. Both ends are this program, so there are no versions; but a
// child that reads hostile files is not trusted, and what it says is parsed with bounds. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/library/tag_edit.hpp"
#include "shell/media/tag_reader.hpp"

namespace tutti::shell {

// A file that is read. With `cover`, only its image is (embedded, else its folder's), made to fit
// into a square of so many pixels; with `edits`, they are written first.
struct FileTask {
  std::string directory_path;
  std::string name;
  int cover = 0;
  std::vector<library::TagEdit> edits{};
  friend bool operator==(const FileTask&, const FileTask&) = default;
};
struct ReadAnswer {
  std::uint32_t index = 0;  // in its batch
  Result<MediaRecord> record;
};

inline constexpr std::size_t kFrameBytes = 8 * 1024 * 1024;  // more is a broken peer

void append_request(std::span<const FileTask> files, std::string& out);
void append_answer(const ReadAnswer& answer, std::string& out);

// The payload of the first frame in `bytes`, which it then leaves; nothing while it is not whole.
// protocol: longer than kFrameBytes.
Result<std::optional<std::string_view>> next_frame(std::string_view& bytes);
// protocol: not what append_... writes.
Result<std::vector<FileTask>> parse_request(std::string_view payload);
Result<ReadAnswer> parse_answer(std::string_view payload);

}  // namespace tutti::shell
