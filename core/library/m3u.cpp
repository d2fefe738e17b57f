#include "core/library/m3u.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/utf8.hpp"

namespace tutti::library {

namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";
constexpr std::string_view kInfo = "#EXTINF:";

std::string from_latin1(std::string_view text) {
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "#EXTINF:123,Artist - Title": whole seconds, -1 for unknown; some put attributes before the
// comma.
void read_info(std::string_view line, PlaylistEntry& entry) {
  line.remove_prefix(kInfo.size());
  std::int64_t length_s = 0;
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), length_s);
  constexpr std::int64_t kLongest = 10'000'000;
  if (error == std::errc{} && length_s > 0 && length_s < kLongest)
    entry.duration_ms = length_s * 1000;
  std::size_t comma = line.find(',');
  if (comma == line.npos) return;
  std::string_view what = trim(line.substr(comma + 1));
  std::size_t dash = what.find(" - ");
  if (dash != what.npos) entry.artist = what.substr(0, dash);
  entry.title = dash != what.npos ? what.substr(dash + 3) : what;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool has_drive(std::string_view path) {
  return path.size() >= 2 && is_letter(path[0]) && path[1] == ':';
}

// "http:", "spotify:track", ...: a scheme of at least two letters, so that C: is none (RFC 3986
// section 3.1).
bool is_address(std::string_view path) {
  std::size_t colon = path.find(':');
  if (colon == path.npos || colon < 2 || !is_letter(path[0])) return false;
  return std::all_of(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(colon),
                     [](char c) {
                       return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
                              c == '.';
                     }) &&
         (path.substr(colon + 1).starts_with("//") || path.find('/') == path.npos);
}

// Works out "." and ".." and repeated slashes. False: it leads out of where it begins.
bool normalize(std::string_view path, std::vector<std::string>& parts) {
  while (!path.empty()) {
    std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (parts.empty()) return false;
      parts.pop_back();
    } else {
      parts.emplace_back(part);
    }
  }
  return true;
}

std::optional<PathGuess> place_in(std::size_t folder, std::string_view base,
                                  std::string_view path) {
  std::vector<std::string> parts;
  if (!normalize(base, parts) || !normalize(path, parts) || parts.empty()) return std::nullopt;
  PathGuess guess{folder, "", parts.back()};
  parts.pop_back();
  for (const std::string& part : parts) {
    if (!guess.directory.empty()) guess.directory += '/';
    guess.directory += part;
  }
  return guess;
}

class Guesser {
 public:
  Guesser(const std::vector<std::string>& folders, std::optional<std::size_t> home,
          std::string_view directory)
      : folders_(folders), home_(home), directory_(directory) {}

  void absolute(std::string_view path) {
    std::vector<std::string> parts;
    if (!normalize(path, parts)) return;
    std::string whole;
    for (const std::string& part : parts) (whole += '/') += part;
    for (std::size_t i = 0; i < folders_.size(); ++i) {
      std::string_view folder = folders_[i];
      while (folder.ends_with('/')) folder.remove_suffix(1);
      bool inside =
          whole.starts_with(folder) && whole.size() > folder.size() && whole[folder.size()] == '/';
      if (inside) add(place_in(i, "", std::string_view(whole).substr(folder.size())));
    }
  }
  void relative(std::string_view path) {
    if (home_) return add(place_in(*home_, directory_, path));
    for (std::size_t i = 0; i < folders_.size(); ++i) add(place_in(i, directory_, path));
  }
  void either(std::string_view path) { path.starts_with('/') ? absolute(path) : relative(path); }
  std::vector<PathGuess> take() { return std::move(out_); }

 private:
  void add(std::optional<PathGuess> guess) {
    if (guess && std::find(out_.begin(), out_.end(), *guess) == out_.end())
      out_.push_back(std::move(*guess));
  }
  const std::vector<std::string>& folders_;
  std::optional<std::size_t> home_;
  std::string_view directory_;
  std::vector<PathGuess> out_;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  return text;
}

}  // namespace

Result<std::vector<PlaylistEntry>> read_m3u(std::string_view text) {
  std::vector<PlaylistEntry> out;
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  bool utf8 = utf8_valid(text);
  PlaylistEntry next;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find_first_of("\r\n"));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = trim(line);
    bool too_long = line.size() > kM3uLine;
    if (too_long) line = line.substr(0, 100);
    if (line.empty()) continue;
    std::string plain = utf8 ? std::string(line) : from_latin1(line);
    if (too_long) plain = std::string(utf8_prefix(plain, 90)) + "\xe2\x80\xa6";
    if (plain.starts_with(kInfo)) read_info(plain, next);
    if (plain.starts_with('#')) continue;
    if (out.size() == kM3uEntries)
      return fail(Code::too_large, "the playlist has too many entries",
                  "at most " + std::to_string(kM3uEntries));
    // Bytes, as the disk may have them.
    next.path = utf8 || too_long ? std::move(plain) : std::string(line);
    out.push_back(std::exchange(next, {}));
  }
  return out;
}

std::string write_m3u(const std::vector<PlaylistEntry>& entries) {
  std::string out = "#EXTM3U\n";
  for (const PlaylistEntry& entry : entries) {
    if (entry.path.empty() || entry.path.find_first_of("\r\n") != entry.path.npos) continue;
    out += kInfo;
    out += std::to_string(entry.duration_ms > 0 ? (entry.duration_ms + 500) / 1000 : -1) + ',';
    if (!entry.artist.empty()) out += one_line(entry.artist) + " - ";
    out += one_line(entry.title) + '\n';
    // A name that would be read as a comment, or whose blanks would be cut off.
    bool guarded = entry.path.front() == '#' || entry.path.front() == ' ';
    out += (guarded ? "./" : "") + entry.path + '\n';
  }
  return out;
}

std::vector<PathGuess> guesses(std::string_view path, const std::vector<std::string>& folders,
                               std::optional<std::size_t> home, std::string_view directory) {
  Guesser guesser(folders, home, directory);
  if (path.empty() || path.size() > kM3uLine || path.find('\0') != path.npos) return {};
  if (path.starts_with("file://")) {
    std::string plain;
    path.remove_prefix(7);
    if (path.starts_with("localhost/")) path.remove_prefix(9);
    if (!percent_decode(path, plain) || plain.find('\0') != plain.npos || !plain.starts_with('/'))
      return {};
    guesser.absolute(plain);
    return guesser.take();
  }
  if (is_address(path)) return {};
  guesser.either(path);
  std::string text;
  if (!utf8_valid(path)) guesser.either(text = from_latin1(path));
  if (path.find('\\') != path.npos || has_drive(path)) {
    std::string here(has_drive(path) ? path.substr(2) : path);
    std::replace(here.begin(), here.end(), '\\', '/');
    guesser.either(here);
    // From another machine its first parts mean nothing; within a folder the rest may.
    if (here.starts_with('/')) guesser.relative(std::string_view(here).substr(1));
  }
  return guesser.take();
}

std::string relative_path(std::string_view from, std::string_view to) {
  std::vector<std::string> base;
  std::vector<std::string> parts;
  normalize(from, base);
  normalize(to, parts);
  std::size_t same = 0;
  while (same < base.size() && same + 1 < parts.size() && base[same] == parts[same]) ++same;
  std::string out;
  for (std::size_t i = same; i < base.size(); ++i) out += "../";
  for (std::size_t i = same; i < parts.size(); ++i) {
    if (i > same) out += '/';
    out += parts[i];
  }
  return out;
}

bool percent_decode(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

std::string percent_encode(std::string_view path) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out;
  for (char c : path) {
    auto byte = static_cast<unsigned char>(c);
    bool plain = is_letter(c) || (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '.' ||
                 c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

}  // namespace tutti::library
