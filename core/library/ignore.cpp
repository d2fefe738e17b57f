#include "core/library/ignore.hpp"

#include <algorithm>

namespace tutti::library {
namespace {

// Matches one class "[...]" at the start of glob; `length` becomes its length, 0: it never closes
// and stands for itself.
bool class_fits(std::string_view glob, char c, std::size_t& length) {
  std::size_t at = 1;
  bool negated = at < glob.size() && (glob[at] == '!' || glob[at] == '^');
  if (negated) ++at;
  bool inside = false;
  auto byte = static_cast<unsigned char>(c);
  for (bool first = true; at < glob.size(); first = false) {
    if (glob[at] == ']' && !first) {
      length = at + 1;
      return inside != negated && c != '/';
    }
    auto low = static_cast<unsigned char>(glob[at]);
    auto high = low;
    if (at + 2 < glob.size() && glob[at + 1] == '-' && glob[at + 2] != ']') {
      high = static_cast<unsigned char>(glob[at + 2]);
      at += 2;
    }
    inside = inside || (low <= byte && byte <= high);
    ++at;
  }
  length = 0;
  return false;
}

// One element of the glob that is no star against one byte; how much of the glob it took, 0: no.
std::size_t element_fits(std::string_view glob, char c) {
  if (glob[0] == '?') return c == '/' ? 0 : 1;
  if (glob[0] == '[') {
    std::size_t length = 0;
    bool fits = class_fits(glob, c, length);
    if (length > 0) return fits ? length : 0;
  }
  if (glob[0] == '\\' && glob.size() > 1) return glob[1] == c ? 2 : 0;
  return glob[0] == c ? 1 : 0;
}

struct Star {
  std::size_t glob = std::string_view::npos;  // what follows the star
  std::size_t path = 0;                       // where it would go on next
  bool crosses = false;                       // "**"
};

}  // namespace

// Two stars are remembered: the last '*' and the last "**", to which the match falls back when the
// '*' meets a '/'. Going back further never helps (the usual argument for greedy globs).
bool glob_fits(std::string_view glob, std::string_view path) {
  std::size_t g = 0, p = 0;
  Star one, two;
  auto retry = [&](Star& star) {
    if (star.glob == std::string_view::npos || star.path >= path.size()) return false;
    if (!star.crosses && path[star.path] == '/') return false;
    p = ++star.path;
    g = star.glob;
    return true;
  };
  for (;;) {
    if (g < glob.size() && glob[g] == '*') {
      bool crosses = g + 1 < glob.size() && glob[g + 1] == '*';
      while (g < glob.size() && glob[g] == '*') ++g;
      // "**/" may also be nothing at all: "**/a" fits "a".
      if (crosses && g < glob.size() && glob[g] == '/' && (p == 0 || path[p - 1] == '/')) ++g;
      (crosses ? two : one) = {g, p, crosses};
      if (crosses) one = {};
      continue;
    }
    if (p == path.size() && g == glob.size()) return true;
    std::size_t took =
        p < path.size() && g < glob.size() ? element_fits(glob.substr(g), path[p]) : 0;
    if (took > 0) {
      g += took;
      ++p;
      continue;
    }
    if (retry(one)) continue;
    if (!retry(two)) return false;
    one = {};
  }
}

void IgnoreRules::add(std::string_view directory, std::string_view text) {
  text = text.substr(0, kIgnoreBytes);
  std::size_t added = 0;
  while (!text.empty() && added < kIgnorePatterns) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    Pattern pattern;
    pattern.directory = directory;
    if (line[0] == '!') pattern.takes_back = true, line.remove_prefix(1);
    if (line.ends_with('/')) pattern.directories_only = true, line.remove_suffix(1);
    pattern.anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    pattern.glob = line;
    patterns_.push_back(std::move(pattern));
    ++added;
  }
}

bool IgnoreRules::ignores(std::string_view path, bool is_directory) const {
  for (auto pattern = patterns_.rbegin(); pattern != patterns_.rend(); ++pattern) {
    if (pattern->directories_only && !is_directory) continue;
    std::string_view below = path;
    if (!pattern->directory.empty()) {
      if (!below.starts_with(pattern->directory)) continue;
      below.remove_prefix(pattern->directory.size());
      if (!below.starts_with('/')) continue;
      below.remove_prefix(1);
    }
    if (!pattern->anchored) below.remove_prefix(below.rfind('/') + 1);
    if (glob_fits(pattern->glob, below)) return !pattern->takes_back;
  }
  return false;
}

}  // namespace tutti::library
