#pragma once
// What databases add to the shell's handling of files. Thread: store.

#include "shell/loop/files.hpp"

namespace tutti::shell {

// Removes a database file that is not wanted with its -journal, -wal and -shm.
void remove_database(const std::string& path);

}  // namespace tutti::shell
