#pragma once
// Disk: files as a program sees them, and what is left of them after the power failed. Bytes are
// safe once their file was synced, names once their directory was; of the rest any part may be
// there: in another order, torn at any byte, or as zeros of the right length.
//
// The model is that of Pillai et al., "All File Systems Are Not Created Equal" (OSDI 2014): no
// order between writes, nor between a file's bytes and its name; one rename is one step. A sync
// that failed has lost its writes for good, whatever a later one says (Rebello et al., "Can
// Applications Recover from fsync Failures?", ATC 2020).

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/choose.hpp"
#include "core/base/result.hpp"

namespace tutti::world {

class Disk {
 public:
  explicit Disk(Choose& choose) : choose_(choose) {}

  // Operations. A path is "folder/name"; folders need not be made. Errors: not_found; io or
  // no_space when a fault was drawn, the operation then had no effect (a sync: see above).
  Result<void> create(const std::string& path);  // empty; replaces what has the name
  Result<void> append(const std::string& path, std::string_view bytes);
  Result<void> write_at(const std::string& path, std::size_t offset, std::string_view bytes);
  Result<void> sync(const std::string& path);
  Result<void> rename(const std::string& from, const std::string& to);  // in one folder
  Result<void> remove(const std::string& path);
  Result<void> sync_folder(const std::string& folder);
  Result<std::string> read(const std::string& path) const;  // what a program sees now
  std::vector<std::string> list(const std::string& folder) const;

  // Everything that was not synced is drawn anew: kept, lost, torn, zeros; names too.
  void lose_power();

  // One operation in so many fails; 0: none.
  void fail_one_in(std::uint32_t n) { fail_one_in_ = n; }
  // Operations that write fail with no_space while so many bytes are held.
  void limit(std::size_t bytes) { limit_ = bytes; }
  std::size_t used() const;

 private:
  struct Write {
    std::size_t offset = 0;
    std::string bytes;
    bool lost = false;  // a sync failed with it
  };
  struct File {
    std::string bytes;  // as programs see it
    std::string safe;   // as it surely is after a power loss
    std::vector<Write> pending;
  };
  using FilePtr = std::shared_ptr<File>;
  // A change of a folder that its sync makes safe.
  struct Change {
    std::string gone;  // a name that is taken away, or empty
    std::string name;  // and one that is given, or empty
    FilePtr file;
  };
  struct Folder {
    std::map<std::string, FilePtr> names;
    std::map<std::string, FilePtr> safe;
    std::vector<Change> pending;
  };

  Result<void> may_fail(const char* what) const;
  FilePtr find(const std::string& path) const;
  static void apply(std::map<std::string, FilePtr>& names, const Change& change);
  static void put(std::string& to, std::size_t offset, std::string_view bytes);
  void change(const std::string& folder, Change change);
  void crash_file(File& file);
  void crash_folder(Folder& folder);

  Choose& choose_;
  std::map<std::string, Folder> folders_;
  std::uint32_t fail_one_in_ = 0;
  std::size_t limit_ = SIZE_MAX;
};

// "folder" of "folder/name".
std::string folder_of(const std::string& path);

}  // namespace tutti::world
