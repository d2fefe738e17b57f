#pragma once
// `tutti scan DIR`: one scan, its progress and what came of it. Thread: main.

#include <string>

namespace tutti::shell {

struct ScanOptions {
  std::string directory;
  std::string data;
  bool json = false;
  int readers = 0;  // processes that read files; 0: one for each core, at most 4
};

// Through a running server, or directly under the lock. The last line of standard output says the
// sums; files that failed are named on standard error, with --json each in a line of its own. The
// exit code: 0 done, 1 the scan could not be done or was cancelled (SIGINT).
int scan(const ScanOptions& options);

}  // namespace tutti::shell
