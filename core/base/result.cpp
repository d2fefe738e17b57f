#include "core/base/result.hpp"

#include "core/base/check.hpp"

namespace tutti {
namespace {

struct Row {
  Code code;
  std::string_view name;
  int status;
};

constexpr Row kRows[] = {
    {Code::busy, "busy", 503},
    {Code::overloaded, "overloaded", 503},
    {Code::timeout, "timeout", 504},
    {Code::unavailable, "unavailable", 503},
    {Code::rate_limited, "rate_limited", 429},
    {Code::stale, "stale", 409},
    {Code::bad_request, "bad_request", 400},
    {Code::unknown_operation, "unknown_operation", 404},
    {Code::not_found, "not_found", 404},
    {Code::forbidden, "forbidden", 403},
    {Code::unauthenticated, "unauthenticated", 401},
    {Code::conflict, "conflict", 409},
    {Code::too_large, "too_large", 413},
    {Code::unsupported, "unsupported", 501},
    {Code::no_space, "no_space", 507},
    {Code::io, "io", 500},
    {Code::corrupt, "corrupt", 500},
    {Code::newer_version, "newer_version", 500},
    {Code::in_use, "in_use", 409},
    {Code::cancelled, "cancelled", 409},
    {Code::bad_method, "bad_method", 405},
    {Code::protocol, "protocol", 400},
    {Code::bad_text, "bad_text", 400},
    {Code::message_too_big, "message_too_big", 413},
    {Code::slow_reader, "slow_reader", 408},
    {Code::heartbeat_lost, "heartbeat_lost", 408},
    {Code::going_away, "going_away", 503},
    {Code::peer_gone, "peer_gone", 408},
    {Code::internal, "internal", 500},
};

const Row& row(Code code) {
  for (const Row& r : kRows) {
    if (r.code == code) return r;
  }
  INVARIANT(!"a code without a row");
  return kRows[0];
}

}  // namespace

std::string_view name(Code code) { return row(code).name; }
int http_status(Code code) { return row(code).status; }

}  // namespace tutti
