#pragma once
// The shell's lines of the metrics page (Prometheus text format 0.0.4). Thread: any one.

#include <cstdint>
#include <string>
#include <string_view>

#include "shell/loop/histogram.hpp"

namespace tutti::shell {

class MetricsText {
 public:
  // The head of a family is written with its first sample; labels without braces.
  void number(std::string_view name, std::string_view type, std::string_view help,
              std::uint64_t value, std::string_view labels = {});
  void histogram(std::string_view name, std::string_view help, std::string_view labels,
                 const Histogram& histogram);
  // Memory and CPU time of this process.
  void process();
  const std::string& text() const { return text_; }

 private:
  void family(std::string_view name, std::string_view type, std::string_view help);
  std::string text_;
  std::string last_family_;
};

}  // namespace tutti::shell
