#pragma once
// The library's operations: its requests and answers, as core/library has them, with names, paths
// and permissions.

#include "core/api/table.hpp"
#include "core/library/requests.hpp"
#include "core/library/tag_edit.hpp"

namespace tutti::api {

void add_library_operations(OperationTable& table);

// An answer that comes later, as JSON.
Json to_json(const library::Answer& answer);

// What the answer to a request is kept under; empty: it is not to be kept, because it depends on
// more than the library and the account (rules may speak of "the last 30 days").
std::string cache_key(const library::Request& request);

// What `library` subscribers follow and GET /api/library/scan answers.
struct FolderScan {
  FolderId folder;
  std::string name;
  std::string state;  // idle, waiting, scanning
  std::int64_t seen = 0;
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;
  std::int64_t failed = 0;
  std::optional<std::string> error;
  template <class V>
  void fields(V& v) {
    v.field("folder", folder, {.text = "the folder of music"});
    v.field("name", name, {.text = "what it is called"});
    v.field("state", state, {.text = "idle, waiting or scanning"});
    v.field("seen", seen, {.text = "files looked at by this scan, or the last", .min = 0});
    v.field("added", added, {.text = "tracks that are new", .min = 0});
    v.field("changed", changed, {.text = "tracks that changed or moved", .min = 0});
    v.field("removed", removed, {.text = "tracks that are gone", .min = 0});
    v.field("failed", failed, {.text = "files that could not be read", .min = 0});
    v.field("error", error, {.text = "why the last scan ended early"});
  }
  friend bool operator==(const FolderScan&, const FolderScan&) = default;
};
struct ScanStatus {
  bool scanning = false;
  std::int64_t tracks = 0;
  std::int64_t changes = 0;
  std::int64_t measured = 0;
  std::int64_t to_measure = 0;
  std::vector<FolderScan> folders;
  template <class V>
  void fields(V& v) {
    v.field("scanning", scanning, {.text = "a folder is being scanned, or waits for it"});
    v.field("tracks", tracks, {.text = "tracks in the library", .min = 0});
    v.field("changes", changes,
            {.text = "counts what was written: when it moves, lists are worth reading again",
             .min = 0});
    v.field("measured", measured,
            {.text = "tracks whose loudness was measured, or that cannot be", .min = 0});
    v.field("to_measure", to_measure, {.text = "tracks that are still to be measured", .min = 0});
    v.field("folders", folders, {.text = "each folder of music"});
  }
  friend bool operator==(const ScanStatus&, const ScanStatus&) = default;
};
// Sizes are a few, so that what is kept of an image is bounded.
struct GetArtwork {
  std::string artwork;
  std::int64_t size = 256;
  template <class V>
  void fields(V& v) {
    v.field("artwork", artwork,
            {.text = "its key, as tracks and albums have it", .max_length = 32});
    v.optional("size", size,
               {.text = "pixels of the square it shall fit into; the next of 64, 128, 256, 512 and "
                        "1024 is taken",
                .min = 1,
                .max = 1024});
  }
};

struct StartScan {
  std::optional<FolderId> folder;
  std::string path;
  bool wait = false;
  template <class V>
  void fields(V& v) {
    v.optional("folder", folder, {.text = "only this one"});
    v.optional("path", path, {.text = "or the one at this path", .max_length = 4096});
    v.optional("wait", wait, {.text = "answer when it is done, not when it has begun"});
  }
};
struct ScanResult {
  std::int64_t tracks = 0;
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t removed = 0;
  std::int64_t failed = 0;
  double seconds = 0;
  bool scanning = false;
  template <class V>
  void fields(V& v) {
    v.field("tracks", tracks, {.text = "in the library", .min = 0});
    v.field("added", added, {.text = "tracks that are new", .min = 0});
    v.field("changed", changed, {.text = "tracks that changed or moved", .min = 0});
    v.field("removed", removed, {.text = "tracks that are gone", .min = 0});
    v.field("failed", failed, {.text = "files that could not be read", .min = 0});
    v.field("seconds", seconds, {.text = "since it was asked for", .min = 0});
    v.field("scanning", scanning, {.text = "it goes on"});
  }
};

}  // namespace tutti::api
