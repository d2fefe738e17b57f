#pragma once
// The child process that reads files: `tutti media-worker`, the same program. It may crash, hang or
// run out of memory on a file; the server loses nothing but that file. Thread: main of the child.

#include <functional>

#include "shell/media/worker_protocol.hpp"

namespace tutti::shell {

using ReadOne = std::function<Result<MediaRecord>(const FileTask&)>;

struct WorkerLimits {
  std::size_t memory = std::size_t{1} << 30;  // of address space; 0: none (sanitizers need all)
  bool idle_priority = false;                 // gives way to everything else on the machine
};

// Limits this process: memory, no core file, ends when its parent does.
void limit_worker(const WorkerLimits& limits);
// Reads batches from descriptor `fd` and answers them until it closes. Returns the exit code.
int serve_reads(int fd, const ReadOne& read);
// Both, with the real reader, on standard input.
int media_worker(const WorkerLimits& limits);

}  // namespace tutti::shell
