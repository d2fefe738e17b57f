#pragma once
// Debian's mpd as a peer: on a music folder, with a database of its own in a temporary folder, on a
// Unix socket. Only its update of the database is measured.

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "core/base/result.hpp"

namespace tutti::bench {

struct ScanCost {
  double seconds = 0;
  double cpu_seconds = 0;
  double peak_mb = 0;  // of the process at its largest
};

class Mpd {
 public:
  // Starts it, `folder` being its music; it has read the music when this returns. Errors: not
  // installed, does not start.
  static Result<Mpd> start(const std::string& music, const std::string& folder);
  Mpd(Mpd&& other) noexcept;
  Mpd& operator=(Mpd&&) = delete;
  ~Mpd();  // it has ended when this returns

  // From its start until it had read everything.
  const ScanCost& first() const { return first_; }
  // Another update; nothing has changed.
  Result<ScanCost> update();
  std::int64_t songs() const { return songs_; }

 private:
  Mpd() = default;
  Result<std::string> ask(const std::string& command);
  Result<void> wait_updated();
  double cpu_seconds() const;
  double peak_mb() const;

  pid_t pid_ = -1;
  int socket_ = -1;
  ScanCost first_;
  std::int64_t songs_ = 0;
};

}  // namespace tutti::bench
