#pragma once
// The work of one backup on the simulated disk, an operation at a time, as the bulk lane does it:
// write under a temporary name, sync, rename, sync the folder. And what makes it recognisable: its
// size in front, its hash behind.

#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "sim/world/disk.hpp"

namespace tutti::world {

// The right way, and the mistakes that a run must find; only tests ask for those.
enum class Care : std::uint8_t { right, no_sync, no_folder_sync, in_place };

inline constexpr const char* kBackupFolder = "backups";

class Backup {
 public:
  Backup(std::string path, std::size_t bytes, std::uint64_t salt, Care care);

  // One operation. True when it is over; then `result` says how.
  bool step(Disk& disk);
  const Result<std::size_t>& result() const { return *result_; }
  const std::string& path() const { return path_; }

 private:
  enum class At : std::uint8_t { create, write, sync, rename, sync_folder, over };
  bool done(Result<std::size_t> result);
  bool failed(Disk& disk, Error error);
  Result<void> perform(Disk& disk);
  std::string next_block() const;

  std::string path_;
  std::string written_;  // its name until it is renamed
  std::string content_;
  std::size_t at_byte_ = 0;
  At at_ = At::create;
  Care care_;
  std::optional<Result<std::size_t>> result_;
};

std::string backup_content(std::size_t bytes, std::uint64_t salt);
// Is this a whole backup? Every other content is none: shorter, longer, torn or changed.
bool is_whole_backup(std::string_view content);
bool is_backup_name(std::string_view name);

}  // namespace tutti::world
