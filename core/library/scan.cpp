#include "core/library/scan.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/utf8.hpp"

namespace tutti::library {

std::size_t row_count(const ScanBatch& batch) {
  return batch.upserts.size() + batch.failures.size() + batch.removals.size() +
         batch.unavailable.size() + batch.available.size();
}

ScanBatchDone& ScanBatchDone::operator+=(const ScanBatchDone& more) {
  added += more.added;
  changed += more.changed;
  removed += more.removed;
  failed += more.failed;
  return *this;
}

bool is_hidden_name(std::string_view name) { return name.starts_with('.'); }

bool is_audio_name(std::string_view name) {
  static constexpr std::string_view kEndings[] = {"mp3", "flac", "ogg", "oga", "opus", "m4a",
                                                  "m4b", "mp4",  "wav", "aif", "aiff", "aifc",
                                                  "wv",  "ape",  "wma", "asf", "dsf",  "spx"};
  std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || is_hidden_name(name) || name.size() - dot > 5) return false;
  std::string ending;  // short: no memory is taken
  for (char c : name.substr(dot + 1))
    ending += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

std::string display_text(std::string_view path_bytes) {
  std::string out;
  while (!path_bytes.empty()) {
    std::size_t n = utf8_sequence(path_bytes);
    out += n > 0 ? path_bytes.substr(0, n) : "\xEF\xBF\xBD";
    path_bytes.remove_prefix(n > 0 ? n : 1);
  }
  return out;
}

}  // namespace tutti::library
