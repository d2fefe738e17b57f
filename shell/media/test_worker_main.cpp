// A worker program for tests of the parent: it speaks the real protocol, and crashes, hangs or ends
// on files whose names say so.
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "shell/media/media_worker.hpp"

using namespace tutti;
using namespace tutti::shell;

int main() {
  limit_worker({});
  TagReader reader;
  return serve_reads(STDIN_FILENO, [&](const FileTask& file) -> Result<MediaRecord> {
    std::string_view name = file.name;
    if (name.starts_with("crash")) {
      ::signal(SIGSEGV, SIG_DFL);
      ::raise(SIGSEGV);
    }
    if (name.starts_with("exit")) std::_Exit(3);
    if (name.starts_with("hang"))
      for (;;) ::pause();
    if (name.starts_with("garbage")) {
      (void)!::write(STDIN_FILENO, "\x03\0\0\0abc", 7);
      std::_Exit(0);
    }
    return reader.read(file.directory_path, file.name);
  });
}
