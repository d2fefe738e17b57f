#pragma once
// Kinds of time are types. The core is told the time, it never asks: Now is a value that comes with
// each event.

#include <compare>
#include <cstdint>
#include <string>

namespace tutti {

// A span of time in microseconds.
struct Duration {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.us - b.us}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.us * n}; }
};

constexpr Duration micros(std::int64_t n) { return {n}; }
constexpr Duration millis(std::int64_t n) { return {n * 1000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }

// An instant on the server's monotonic clock, microseconds since an arbitrary zero. Everything but
// expiry uses it.
struct ServerTime {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(ServerTime, ServerTime) = default;
  friend constexpr ServerTime operator+(ServerTime t, Duration d) { return {t.us + d.us}; }
  friend constexpr ServerTime operator-(ServerTime t, Duration d) { return {t.us - d.us}; }
  friend constexpr Duration operator-(ServerTime a, ServerTime b) { return {a.us - b.us}; }
};
inline constexpr ServerTime kNever{INT64_MAX};

// Civil time, microseconds since 1970-01-01T00:00:00Z. It steps; use it for expiry and for people
// only.
struct WallTime {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(WallTime, WallTime) = default;
};

// "2026-01-31T12:00:00Z" (RFC 3339), or "20260131T120000Z" where a file name wants it compact.
std::string utc_text(WallTime at, bool compact = false);
// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string http_date(WallTime at);

struct Now {
  ServerTime mono;
  WallTime wall;
};

}  // namespace tutti
