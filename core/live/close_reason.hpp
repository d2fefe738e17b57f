#pragma once
// Why a connection closes, and what the peer should do about it. The close code carries the advice
// (RFC 6455 section 7.4; 4000 to 4999 are ours): 40xx retry now, 41xx retry later, 42xx log in
// again, 43xx do not retry.

#include <cstdint>
#include <string_view>

namespace tutti::live {

enum class CloseReason : std::uint8_t {
  done,         // an HTTP exchange that does not keep its connection; a normal WebSocket close
  peer_closed,  // the peer closed, with a close frame or EOF
  peer_reset,   // the socket failed
  protocol_error,
  wrong_data,  // a binary frame where text is spoken
  bad_text,
  message_too_big,
  request_timeout,  // headers or body did not come in time
  write_stalled,    // the peer takes nothing of its answer
  slow_reader,      // its queue is full: resume
  heartbeat_lost,
  going_away,  // the server stops
  overloaded,
  refused,  // a limit; the code says later
  unauthenticated,
  forbidden,
  internal,
  kCount,
};

struct CloseRow {
  CloseReason reason;
  std::uint16_t code;
  std::string_view name;    // for logs and metrics
  std::string_view advice;  // the text of the close frame
};

const CloseRow& row(CloseReason reason);

}  // namespace tutti::live
