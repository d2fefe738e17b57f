#include "shell/store/files.hpp"

namespace tutti::shell {

void remove_database(const std::string& path) {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) remove_quietly(path + suffix);
}

}  // namespace tutti::shell
