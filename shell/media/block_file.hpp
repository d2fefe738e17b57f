#pragma once
// BlockFile: a file read in blocks that are kept, so that tags and content id cost each byte one
// read. Opening never blocks: what is no regular file is refused unread. Thread: any one.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/library/track.hpp"
#include "shell/loop/descriptor.hpp"

namespace tutti::shell {

class BlockFile {
 public:
  // Errors: not_found, forbidden, io; unsupported: no regular file.
  static Result<BlockFile> open(const std::string& path);

  std::int64_t size() const { return stamp_.size; }
  library::FileStamp stamp() const { return stamp_; }  // at the opening
  library::FileStamp stamp_now() const;

  // Up to out.size() bytes from `at`; fewer at the end of the file or of what could be read.
  std::size_t read(std::int64_t at, MutableBytes out);
  // The bytes from `at` on that lie in one block: no copy. Valid until the next call.
  ByteView peek(std::int64_t at);
  // True once the disk failed: what was read is not all there is.
  bool failed() const { return failed_; }

 private:
  struct Block {
    std::int64_t index = -1;
    std::size_t size = 0;
    std::unique_ptr<std::byte[]> bytes;
  };
  BlockFile(Descriptor fd, library::FileStamp stamp) : fd_(std::move(fd)), stamp_(stamp) {}
  const Block& block(std::int64_t index);

  Descriptor fd_;
  library::FileStamp stamp_;
  std::vector<Block> blocks_;
  std::size_t next_ = 0;  // which block is given up next
  std::size_t last_ = 0;  // which was asked for last
  bool failed_ = false;
};

}  // namespace tutti::shell
