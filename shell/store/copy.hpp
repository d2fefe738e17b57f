#pragma once
// A consistent copy of a database that others may be writing to.

#include <cstdint>
#include <functional>
#include <string>

#include "core/base/result.hpp"
#include "shell/store/sqlite.hpp"

namespace tutti::shell {

struct CopyProgress {
  std::int64_t pages_done = 0;
  std::int64_t pages_total = 0;
};

struct CopyOptions {
  int pages_per_step = 256;
  bool overwrite = false;
  // Called after each step; false cancels.
  std::function<bool(const CopyProgress&)> progress{};
  // May change the copy before it gets its name.
  std::function<Result<void>(Database&)> finish{};
};

// Undoes what a process was writing in rollback mode when it was killed (PATH-journal), which no
// read-only connection can. Ours write in WAL mode; a file that somebody put there by hand need
// not.
void settle_journal(const std::string& path);

// Copies the state that is committed at the first step into the new file `to` (mode 0600, one file,
// no WAL), through a connection of its own. Made under a temporary name in the same folder and
// durable before it gets `to`. Errors: conflict (`to` exists and overwrite is off), no_space,
// cancelled, io, corrupt; then nothing is left behind.
Result<void> copy_database(const std::string& from, const std::string& to,
                           const CopyOptions& options);

}  // namespace tutti::shell
