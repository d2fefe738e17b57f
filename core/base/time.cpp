#include "core/base/time.hpp"

#include <fmt/format.h>

namespace tutti {

std::string utc_text(WallTime at, bool compact) {
  std::int64_t total = at.us / 1'000'000 - (at.us % 1'000'000 < 0 ? 1 : 0);
  std::int64_t days = total / 86400 - (total % 86400 < 0 ? 1 : 0);
  std::int64_t second = total - days * 86400;
  // Civil date from a day count, in eras of 400 years that begin on 1 March (Hinnant 2013, chrono-compatible algorithms).
  std::int64_t z = days + 719468;
  std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  std::int64_t doe = z - era * 146097;
  std::int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  std::int64_t mp = (5 * doy + 2) / 153;
  std::int64_t day = doy - (153 * mp + 2) / 5 + 1;
  std::int64_t month = mp < 10 ? mp + 3 : mp - 9;
  std::int64_t year = yoe + era * 400 + (month <= 2 ? 1 : 0);
  const char* dash = compact ? "" : "-";
  const char* colon = compact ? "" : ":";
  return fmt::format("{:04}{}{:02}{}{:02}T{:02}{}{:02}{}{:02}Z", year, dash, month, dash, day, second / 3600, colon,
                     second / 60 % 60, colon, second % 60);
}

}  // namespace tutti
