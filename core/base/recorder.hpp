#pragma once
// Footprints are recorded, not declared: tables, queues and feeds tell a Recorder what a step read
// and wrote. Null in production; the explorer uses the records to know which steps are independent.

#include <cstdint>

namespace tutti {

class Recorder {
 public:
  virtual ~Recorder() = default;
  // `object` is one table, queue or feed; `key` an entry in it, kWhole for its membership or order.
  static constexpr std::uint64_t kWhole = ~0ULL;
  virtual void read(const void* object, std::uint64_t key) = 0;
  virtual void wrote(const void* object, std::uint64_t key) = 0;
};

// For machines that change as a whole, and for queues.
inline void note_write(Recorder* recorder, const void* object) {
  if (recorder != nullptr) recorder->wrote(object, Recorder::kWhole);
}
inline void note_read(Recorder* recorder, const void* object) {
  if (recorder != nullptr) recorder->read(object, Recorder::kWhole);
}

}  // namespace tutti
