#include "core/base/time.hpp"

#include <fmt/format.h>

namespace tutti {

namespace {

struct Civil {
  std::int64_t days;  // since 1970-01-01, a Thursday
  std::int64_t year, month, day, second;
};

Civil civil(WallTime at) {
  std::int64_t total = at.us / 1'000'000 - (at.us % 1'000'000 < 0 ? 1 : 0);
  std::int64_t days = total / 86400 - (total % 86400 < 0 ? 1 : 0);
  // Civil date from a day count, in eras of 400 years that begin on 1 March (Hinnant 2013,
  // chrono-compatible algorithms).
  std::int64_t z = days + 719468;
  std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  std::int64_t doe = z - era * 146097;
  std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  std::int64_t mp = (5 * doy + 2) / 153;
  std::int64_t month = mp < 10 ? mp + 3 : mp - 9;
  return {days, yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - (153 * mp + 2) / 5 + 1,
          total - days * 86400};
}

}  // namespace

std::string utc_text(WallTime at, bool compact) {
  Civil c = civil(at);
  const char* dash = compact ? "" : "-";
  const char* colon = compact ? "" : ":";
  return fmt::format("{:04}{}{:02}{}{:02}T{:02}{}{:02}{}{:02}Z", c.year, dash, c.month, dash, c.day,
                     c.second / 3600, colon, c.second / 60 % 60, colon, c.second % 60);
}

std::string http_date(WallTime at) {
  static constexpr const char* kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  Civil c = civil(at);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[(c.days % 7 + 7) % 7], c.day,
                     kMonths[c.month - 1], c.year, c.second / 3600, c.second / 60 % 60,
                     c.second % 60);
}

}  // namespace tutti
