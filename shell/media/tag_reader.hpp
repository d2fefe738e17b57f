#pragma once
// TagReader: everything a library wants to know of one music file. TagLib parses the tags; which
// bytes it gets is block_file.hpp's. Broken files are errors with a reason; a file on which the
// parser itself crashes takes a child process with it, not the server (media_worker.hpp).
// Thread: any one; it keeps nothing but its folder's cover between calls.

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/library/companions.hpp"
#include "core/library/scan.hpp"
#include "shell/media/container.hpp"

namespace tutti::shell {

// What lies beside the tracks of one directory; read once for all of them, and again when it has
// changed.
class FolderCompanions {
 public:
  // The key of the best cover (core/library/companions.hpp).
  library::ArtworkKey cover(const std::string& directory_path);
  // Its path; "" for none.
  std::string cover_path(const std::string& directory_path);
  // The text of NAME.lrc beside NAME.mp3; "" for none.
  std::string lrc(const std::string& directory_path, std::string_view track_name);

 private:
  void look(const std::string& directory_path);
  bool is_current() const;
  std::string looked_at_;
  library::Companions names_;
  library::ArtworkKey cover_;
  library::FileStamp directory_, cover_stamp_;
  bool settled_ = false;  // a change from now on shows in the stamps
};

struct MediaRecord {
  library::FileStamp stamp;
  library::ContentId content;
  library::AudioFacts audio;
  library::Tags tags;
  library::ArtworkKey artwork;  // embedded, else the folder's
  std::string picture;          // the embedded image's bytes, when asked for
};

class TagReader {
 public:
  // `directory_path` + "/" + `name` is the file. Errors: not_found, forbidden, io; unsupported: no
  // audio file that is known; corrupt: no audio in it; stale: it changed while it was read.
  Result<MediaRecord> read(const std::string& directory_path, const std::string& name,
                           bool with_picture = false);

 private:
  FolderCompanions companions_;
};

// The image that stands for a track, as stored: embedded, else its folder's. not_found: none.
Result<std::string> read_artwork(const std::string& directory_path, const std::string& name);

namespace detail {
// What TagLib finds; shell/media/tag_library.cpp, the one file that knows its reading side.
struct Parsed {
  library::AudioFacts audio;
  library::Tags tags;
  std::string picture;
  library::ArtworkKey picture_key;
};
Result<Parsed> parse_tags(BlockFile& file, Container container, bool with_picture);
}  // namespace detail

}  // namespace tutti::shell
