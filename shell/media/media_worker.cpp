#include "shell/media/media_worker.hpp"

#include <malloc.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <new>

#include "shell/loop/loop.hpp"
#include "shell/media/image.hpp"
#include "shell/media/tag_writer.hpp"

namespace tutti::shell {
namespace {

// Answers wait no longer than this for others, so that silence means a file that hangs.
constexpr Duration kFlush = millis(250);
constexpr std::size_t kFlushBytes = 64 * 1024;

bool send_all(int fd, std::string& bytes) {
  std::string_view left = bytes;
  while (!left.empty()) {
    ssize_t n = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  bytes.clear();
  return true;
}

// Memory that runs out is the file's fault, and said so.
Result<MediaRecord> read_bounded(const ReadOne& read, const FileTask& file) {
  try {
    return read(file);
  } catch (const std::bad_alloc&) {
    return fail(Code::too_large, "it takes more memory than a file may",
                "its tags are damaged or far too large");
  }
}

bool answer_batch(int fd, const std::vector<FileTask>& files, const ReadOne& read) {
  std::string out;
  ServerTime flushed = clock_now().mono;
  for (std::uint32_t i = 0; i < files.size(); ++i) {
    append_answer({i, read_bounded(read, files[i])}, out);
    ServerTime now = clock_now().mono;
    if (out.size() < kFlushBytes && now - flushed < kFlush) continue;
    if (!send_all(fd, out)) return false;
    flushed = now;
  }
  return send_all(fd, out);
}

Result<MediaRecord> cover_of(const FileTask& task) {
  auto image = read_artwork(task.directory_path, task.name);
  if (!image) return std::unexpected(image.error());
  auto resized = resize_image(*image, task.cover);
  if (!resized) return std::unexpected(resized.error());
  MediaRecord record;
  record.artwork = artwork_key(as_bytes(*image));
  record.picture = std::move(resized->bytes);
  return record;
}

Result<MediaRecord> perform(TagReader& reader, const FileTask& task) {
  if (task.cover > 0) return cover_of(task);
  if (!task.edits.empty()) {
    auto written = write_tags(task.directory_path + "/" + task.name, task.edits);
    if (!written) return std::unexpected(written.error());
  }
  return reader.read(task.directory_path, task.name);
}

}  // namespace

void limit_worker(const WorkerLimits& limits) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NAME, "tutti-media");
  ::signal(SIGINT, SIG_IGN);  // of the terminal: the parent decides what is to end
  rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
#ifndef TUTTI_SANITIZED
  rlimit memory{limits.memory, limits.memory};
  if (limits.memory > 0) ::setrlimit(RLIMIT_AS, &memory);
#endif
  sched_param parameter{};
  if (limits.idle_priority) ::sched_setscheduler(0, SCHED_IDLE, &parameter);
}

int serve_reads(int fd, const ReadOne& read) {
  std::string buffer;
  char block[65536];
  for (;;) {
    std::string_view left = buffer;
    auto frame = next_frame(left);
    if (!frame) return 1;
    if (*frame) {
      auto files = parse_request(**frame);
      if (!files || !answer_batch(fd, *files, read)) return 1;
      buffer.erase(0, buffer.size() - left.size());
      continue;
    }
    ssize_t n = ::recv(fd, block, sizeof block, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 0;
    buffer.append(block, static_cast<std::size_t>(n));
  }
}

int media_worker(const WorkerLimits& limits) {
  limit_worker(limits);
  // What one file needed serves the next: giving pages back and taking them anew was a third of the
  // time. The largest file decides, within the limit on memory.
  ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  TagReader reader;
  return serve_reads(STDIN_FILENO, [&](const FileTask& task) { return perform(reader, task); });
}

}  // namespace tutti::shell
