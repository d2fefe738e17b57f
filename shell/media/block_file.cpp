#include "shell/media/block_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/library/scan.hpp"
#include "shell/loop/files.hpp"

namespace tutti::shell {
namespace {

constexpr std::size_t kBlock = 32 * 1024;
constexpr std::size_t kBlocks = 16;  // half a megabyte a file at most

library::FileStamp stamp_of(const struct stat& info) {
  return {static_cast<std::int64_t>(info.st_size),
          std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec};
}

}  // namespace

Result<BlockFile> BlockFile::open(const std::string& path) {
  // O_NONBLOCK: a pipe without a writer would wait here for ever.
  Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0)
    return std::unexpected(errno_error(errno, "read " + library::display_text(path)));
  if (!S_ISREG(info.st_mode))
    return fail(Code::unsupported, library::display_text(path) + " is no regular file");
  return BlockFile(std::move(fd), stamp_of(info));
}

library::FileStamp BlockFile::stamp_now() const {
  struct stat info{};
  return ::fstat(fd_.get(), &info) == 0 ? stamp_of(info) : library::FileStamp{};
}

const BlockFile::Block& BlockFile::block(std::int64_t index) {
  if (last_ < blocks_.size() && blocks_[last_].index == index) return blocks_[last_];
  for (last_ = 0; last_ < blocks_.size(); ++last_)
    if (blocks_[last_].index == index) return blocks_[last_];
  if (blocks_.size() < kBlocks) {
    blocks_.push_back({-1, 0, std::make_unique_for_overwrite<std::byte[]>(kBlock)});
  } else {
    last_ = next_;
    next_ = (next_ + 1) % kBlocks;
  }
  Block& block = blocks_[last_];
  block.index = index;
  block.size = 0;
  std::int64_t at = index * static_cast<std::int64_t>(kBlock);
  auto wanted = static_cast<std::size_t>(
      std::clamp<std::int64_t>(stamp_.size - at, 0, static_cast<std::int64_t>(kBlock)));
  while (block.size < wanted) {
    ssize_t n = ::pread(fd_.get(), block.bytes.get() + block.size, wanted - block.size,
                        at + static_cast<std::int64_t>(block.size));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) failed_ = true;
    if (n <= 0) break;
    block.size += static_cast<std::size_t>(n);
  }
  return block;
}

ByteView BlockFile::peek(std::int64_t at) {
  if (at < 0 || at >= stamp_.size) return {};
  const Block& found = block(at / static_cast<std::int64_t>(kBlock));
  std::size_t offset = static_cast<std::size_t>(at) % kBlock;
  if (offset >= found.size) return {};
  return {found.bytes.get() + offset, found.size - offset};
}

std::size_t BlockFile::read(std::int64_t at, MutableBytes out) {
  std::size_t done = 0;
  while (done < out.size()) {
    ByteView some = peek(at + static_cast<std::int64_t>(done));
    if (some.empty()) break;
    std::size_t n = std::min(some.size(), out.size() - done);
    std::memcpy(out.data() + done, some.data(), n);
    done += n;
  }
  return done;
}

}  // namespace tutti::shell
