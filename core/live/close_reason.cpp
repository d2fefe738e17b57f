#include "core/live/close_reason.hpp"

#include "core/base/check.hpp"

namespace tutti::live {
namespace {
constexpr CloseRow kRows[] = {
    {CloseReason::done, 1000, "done", ""},
    {CloseReason::peer_closed, 1000, "peer_closed", ""},
    {CloseReason::peer_reset, 1006, "peer_reset", ""},
    {CloseReason::protocol_error, 1002, "protocol_error", "protocol error"},
    {CloseReason::wrong_data, 1003, "wrong_data", "this protocol speaks text frames"},
    {CloseReason::bad_text, 1007, "bad_text", "text that is not UTF-8"},
    {CloseReason::message_too_big, 1009, "message_too_big", "message too big"},
    {CloseReason::request_timeout, 4101, "request_timeout", "the request did not arrive in time"},
    {CloseReason::write_stalled, 4003, "write_stalled", "retry now"},
    {CloseReason::slow_reader, 4001, "slow_reader", "retry now: resume"},
    {CloseReason::heartbeat_lost, 4002, "heartbeat_lost", "retry now: heartbeat lost"},
    {CloseReason::going_away, 1012, "going_away", "retry later: the server restarts"},
    {CloseReason::overloaded, 1013, "overloaded", "retry later: the server is full"},
    {CloseReason::refused, 4100, "refused", "retry later"},
    {CloseReason::unauthenticated, 4200, "unauthenticated", "log in again"},
    {CloseReason::forbidden, 4300, "forbidden", "do not retry"},
    {CloseReason::internal, 1011, "internal", "retry later: an error in the server"},
};
static_assert(sizeof kRows / sizeof kRows[0] == static_cast<std::size_t>(CloseReason::kCount));
}  // namespace

const CloseRow& row(CloseReason reason) {
  const CloseRow& found = kRows[static_cast<std::size_t>(reason)];
  INVARIANT(found.reason == reason);
  return found;
}

}  // namespace tutti::live
