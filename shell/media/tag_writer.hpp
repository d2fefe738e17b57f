#pragma once
// TagWriter: edits tags of a music file. A copy beside it is edited, read again and compared; only
// then it takes the file's name, in one step. Until then the original is untouched, so it is its
// own backup: whatever happens leaves the old file or the new one, whole. Thread: bulk.
//
// Kept: the audio to the byte (by content id), mode, owner where permitted, tags that are not
// edited. New: the time of modification, which tells every program that there is something to read;
// ID3v2 is written as version 2.4.

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/library/tag_edit.hpp"
#include "shell/media/container.hpp"

namespace tutti::shell {

// Errors, after each of which the file is as it was: not_found, forbidden, io (a read-only place:
// says so), no_space; unsupported: this format's tags cannot be written, or not this field in it;
// stale: somebody else changed the file meanwhile; corrupt: the copy does not hold what it should.
// `cover`: a jpeg, png or webp for the front cover, in place of what was it; empty: it stays.
Result<void> write_tags(const std::string& path, const std::vector<library::TagEdit>& edits,
                        std::string_view cover = {});

namespace detail {
// Edits the file at `path` in place; shell/media/tag_library_write.cpp.
Result<void> edit_in_place(const std::string& path, Container container,
                           const std::vector<library::TagEdit>& edits, std::string_view cover);
}  // namespace detail

}  // namespace tutti::shell
