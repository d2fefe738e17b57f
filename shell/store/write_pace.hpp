#pragma once
// WritePace: when a transaction has enough rows. Each holds up whoever else wants to write, so one
// takes at most kTransaction, whatever its rows cost on this disk. What a transaction ends with
// (the search index, the commit) comes after its last row and costs about as much as the rows did;
// its share is learned from one transaction for the next.

#include <functional>

#include "core/base/time.hpp"

namespace tutti::shell {

inline constexpr Duration kTransaction = millis(20);  // from its begin to behind its commit

// Thread: store (the library's writer).
class WritePace {
 public:
  using Clock = std::function<ServerTime()>;
  // Without a clock: the monotonic one.
  explicit WritePace(Clock clock = {});

  // A transaction begins; rows_done and committed follow in this order, or begin again.
  void begin();
  // Whether the next row is better left to another transaction.
  bool is_full() const;
  void rows_done();
  void committed();

 private:
  Clock clock_;
  double share_ = 0.4;  // of a transaction's time that its rows take
  ServerTime begun_;
  ServerTime rows_done_;
};

}  // namespace tutti::shell
