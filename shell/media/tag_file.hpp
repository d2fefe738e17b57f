#pragma once
// A music file as TagLib sees it, by its container; and TagLib's stream over a BlockFile, which is
// for reading only. TagLib 1.13 and 2.0. Thread: any one.

#include <taglib/taglib.h>
#include <taglib/tfile.h>
#include <taglib/tiostream.h>

#include <memory>
#include <string_view>

#include "core/base/result.hpp"
#include "shell/media/container.hpp"

namespace tutti::shell {

// Null for a container that TagLib has no class for (dsf, unknown). The stream must outlive it.
std::unique_ptr<TagLib::File> open_tag_file(TagLib::IOStream* stream, Container container);

namespace detail {
// Makes the image (jpeg, png or webp) the picture of the front cover, in place of what was it;
// other pictures stay. Errors: those of probe_image; unsupported: this format holds no such
// picture. shell/media/tag_library_cover.cpp.
Result<void> set_cover(TagLib::File& file, std::string_view image);
}  // namespace detail

class TagStream final : public TagLib::IOStream {
 public:
#if TAGLIB_MAJOR_VERSION >= 2
  using Size = std::size_t;
  using Offset = TagLib::offset_t;
  using Place = TagLib::offset_t;
#else
  using Size = unsigned long;
  using Offset = long;
  using Place = unsigned long;
#endif
  // The bytes [begin, end) of the file are the stream.
  TagStream(BlockFile& file, std::int64_t begin, std::int64_t end)
      : file_(file), begin_(begin), end_(end) {}

  TagLib::FileName name() const override { return ""; }
  TagLib::ByteVector readBlock(Size length) override;
  void writeBlock(const TagLib::ByteVector&) override {}
  void insert(const TagLib::ByteVector&, Place, Size) override {}
  void removeBlock(Place, Size) override {}
  bool readOnly() const override { return true; }
  bool isOpen() const override { return true; }
  void seek(Offset offset, Position from) override;
  Offset tell() const override { return static_cast<Offset>(at_); }
  Offset length() override { return static_cast<Offset>(end_ - begin_); }
  void truncate(Offset) override {}

 private:
  BlockFile& file_;
  std::int64_t begin_;
  std::int64_t end_;
  std::int64_t at_ = 0;  // from begin_
};

}  // namespace tutti::shell
