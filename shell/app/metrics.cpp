#include "shell/app/metrics.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <fstream>
#include <iterator>

namespace tutti::shell {

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  if (name == last_family_) return;
  last_family_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
}

void MetricsText::number(std::string_view name, std::string_view type, std::string_view help,
                         std::uint64_t value, std::string_view labels) {
  family(name, type, help);
  std::string braces = labels.empty() ? "" : "{" + std::string(labels) + "}";
  fmt::format_to(std::back_inserter(text_), "{}{} {}\n", name, braces, value);
}

void MetricsText::histogram(std::string_view name, std::string_view help, std::string_view labels,
                            const Histogram& h) {
  family(name, "histogram", help);
  std::string more = labels.empty() ? "" : std::string(labels) + ",";
  std::string braces = labels.empty() ? "" : "{" + std::string(labels) + "}";
  auto out = std::back_inserter(text_);
  for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    fmt::format_to(out, "{}_bucket{{{}le=\"{}\"}} {}\n", name, more, Histogram::kBounds[i],
                   h.cumulative(i));
  }
  fmt::format_to(out, "{0}_bucket{{{1}le=\"+Inf\"}} {2}\n{0}_sum{3} {4}\n{0}_count{3} {2}\n", name,
                 more, h.count(), braces, h.sum());
}

void MetricsText::process() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kilobytes = 0;
    if (word == "RssAnon:" && status >> kilobytes)
      number("tutti_rss_anon_bytes", "gauge", "Anonymous memory.", kilobytes * 1024);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  auto us = [](const timeval& t) {
    return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(t.tv_usec);
  };
  number("tutti_cpu_us_total", "counter", "CPU time, microseconds.",
         us(usage.ru_utime) + us(usage.ru_stime));
}

}  // namespace tutti::shell
