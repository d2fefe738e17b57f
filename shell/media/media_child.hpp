#pragma once
// MediaChild: one child process that reads files, as seen by its parent. A file on which it crashes
// or hangs is an error with that reason; a new child reads the rest.
// Thread: bulk (one call at a time; it may move between workers).

#include <sys/types.h>

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "core/base/time.hpp"
#include "shell/loop/descriptor.hpp"
#include "shell/media/worker_protocol.hpp"

namespace tutti::shell {

struct ChildOptions {
  std::vector<std::string> command;  // program and arguments; its standard input is the socket
  Duration patience = seconds(10);   // of silence, then it hangs
  Duration dying = millis(500);      // after SIGKILL, then it is left behind
};
// `tutti media-worker` of this very program.
ChildOptions this_program(bool idle_priority);

class MediaChild {
 public:
  explicit MediaChild(ChildOptions options) : options_(std::move(options)) {}
  MediaChild(const MediaChild&) = delete;
  MediaChild& operator=(const MediaChild&) = delete;
  ~MediaChild() { stop(); }

  // One answer for each file, in order. Errors of a file: those of TagReader; internal: the reader
  // crashed on it; timeout: it hung. unavailable: no child can be started, or too many hang in the
  // kernel. After `cancelled`, what is not read yet is cancelled.
  std::vector<Result<MediaRecord>> read(std::span<const FileTask> files,
                                        const std::atomic<bool>& cancelled);
  // Ends the process; the next read starts another.
  void stop();
  pid_t pid() const { return pid_; }  // 0: none runs
  int crashes() const { return crashes_; }
  // Children of this process that SIGKILL did not end: they sit in a mount that does not answer.
  static int abandoned();

 private:
  enum class End { answered, died, hung, cancelled };
  Result<void> start();
  bool send(const std::string& bytes);
  // Exchanges one batch; answers come from `first` on.
  End exchange(std::span<const FileTask> files, std::vector<Result<MediaRecord>>& answers,
               const std::atomic<bool>& cancelled);
  bool take_frames(std::size_t wanted, std::vector<Result<MediaRecord>>& answers,
                   std::size_t& taken);
  Error why_it_ended(End end);

  ChildOptions options_;
  pid_t pid_ = 0;
  Descriptor socket_;
  std::string buffer_;
  int status_ = 0;  // of the last child that ended
  int crashes_ = 0;
};

}  // namespace tutti::shell
