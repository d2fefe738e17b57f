#include "core/library/fold.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/utf8.hpp"

namespace tutti::library {

namespace {

struct Folded {
  std::uint32_t from;
  const char* to;
};
struct Range {
  std::uint32_t low;
  std::uint32_t high;
};

#include "core/library/fold_table.inc"

constexpr std::size_t kSortBytes = 60;

// The character at the start of `text`, whose length utf8_sequence gave.
std::uint32_t decode(std::string_view text, std::size_t size) {
  if (size < 2) return text.empty() ? 0 : static_cast<unsigned char>(text[0]);
  auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (size == 2) return ((at(0) & 0x1fU) << 6) | (at(1) & 0x3fU);
  if (size == 3) return ((at(0) & 0x0fU) << 12) | ((at(1) & 0x3fU) << 6) | (at(2) & 0x3fU);
  return ((at(0) & 0x07U) << 18) | ((at(1) & 0x3fU) << 12) | ((at(2) & 0x3fU) << 6) |
         (at(3) & 0x3fU);
}

const char* folded(std::uint32_t code) {
  const auto* found =
      std::lower_bound(std::begin(kFolded), std::end(kFolded), code,
                       [](const Folded& row, std::uint32_t value) { return row.from < value; });
  return found != std::end(kFolded) && found->from == code ? found->to : nullptr;
}

bool is_word(std::uint32_t code) {
  const auto* after =
      std::upper_bound(std::begin(kWords), std::end(kWords), code,
                       [](std::uint32_t value, const Range& row) { return value < row.low; });
  return after != std::begin(kWords) && code <= std::prev(after)->high;
}

bool is_accent(std::uint32_t code) {
  return (code >= 0x300 && code <= 0x36f) || (code >= 0x1ab0 && code <= 0x1aff) ||
         (code >= 0x1dc0 && code <= 0x1dff) || (code >= 0x20d0 && code <= 0x20ff) ||
         (code >= 0xfe20 && code <= 0xfe2f);
}

// Written without spaces: kana and ideographs.
bool stands_alone(std::uint32_t code) {
  return (code >= 0x3040 && code <= 0x30ff) || (code >= 0x3400 && code <= 0x9fff) ||
         (code >= 0xf900 && code <= 0xfaff) || (code >= 0x20000 && code <= 0x2ffff);
}

class Folding {
 public:
  explicit Folding(std::size_t size) { out_.reserve(size); }
  void add(std::string_view bytes) {
    if (gap_ && !out_.empty()) out_ += ' ';
    gap_ = false;
    out_ += bytes;
  }
  void gap() { gap_ = true; }
  void wide(std::string_view bytes, std::uint32_t code) {
    if (is_accent(code)) return;
    if (!is_word(code)) return gap();
    const char* to = folded(code);
    std::uint32_t shown = to == nullptr ? code : decode(to, utf8_sequence(to));
    bool alone = stands_alone(shown);
    if (alone) gap();
    if (to == nullptr) add(bytes);
    else if (*to != '\0') add(to);
    if (alone) gap();
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
  bool gap_ = false;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

std::string fold(std::string_view text) {
  Folding out(text.size());
  while (!text.empty()) {
    char c = lower(text.front());
    std::size_t size = 1;
    if ((c >= 'a' && c <= 'z') || is_digit(c)) {
      out.add({&c, 1});
    } else if (static_cast<unsigned char>(c) < 0x80 || (size = utf8_sequence(text)) == 0) {
      // An apostrophe joins: "don't" is one word, as it is typed with and without.
      if (c != '\'') out.gap();
      size = 1;
    } else {
      std::uint32_t code = decode(text, size);
      if (code != 0x2019) out.wide(text.substr(0, size), code);
    }
    text.remove_prefix(size);
  }
  return out.take();
}

std::string fold_name(std::string_view text) {
  std::string out = fold(text);
  if (!out.empty()) return out;
  std::transform(text.begin(), text.end(), std::back_inserter(out), lower);
  return out;
}

std::string sort_key(std::string_view name) {
  std::string out = fold_name(name);
  if (out.starts_with("the ") && out.size() > 4) out.erase(0, 4);
  return std::string(utf8_prefix(out, kSortBytes));
}

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a, 64 bits
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash = hash_mix(hash);
  return hash != 0 ? hash : 1;
}

ArtistId artist_id(std::string_view name) {
  std::string folded_name = fold_name(name);
  return folded_name.empty() ? ArtistId{} : ArtistId{stable_hash("artist " + folded_name)};
}

GenreId genre_id(std::string_view name) {
  std::string folded_name = fold_name(name);
  return folded_name.empty() ? GenreId{} : GenreId{stable_hash("genre " + folded_name)};
}

std::string_view album_directory(std::string_view directory) {
  std::size_t slash = directory.rfind('/');
  std::string_view last = slash == directory.npos ? directory : directory.substr(slash + 1);
  std::string words = fold(last);
  for (std::string_view disc : {"cd", "disc", "disk", "disque", "vinyl", "lp"}) {
    if (!words.starts_with(disc)) continue;
    std::string_view number = std::string_view(words).substr(disc.size());
    if (number.starts_with(' ')) number.remove_prefix(1);
    bool named = !number.empty() && is_digit(number.front()) &&
                 (number.size() < 3 || number[1] == ' ' || number[2] == ' ');
    if (named) return slash == directory.npos ? std::string_view{} : directory.substr(0, slash);
  }
  return directory;
}

AlbumId album_id(const AlbumKey& key) {
  std::string text = fold_name(key.title);
  if (text.empty()) return {};
  text.insert(0, "album ");
  if (!key.release.empty()) {
    text.append("\x1frelease ").append(key.release);
  } else if (key.album_artists != nullptr && !key.album_artists->empty()) {
    for (const std::string& artist : *key.album_artists)
      text.append("\x1f").append(fold_name(artist));
  } else if (!key.compilation) {
    text.append("\x1f").append(id_text(key.folder)).append("/");
    text.append(album_directory(key.directory));
  }
  return AlbumId{stable_hash(text)};
}

}  // namespace tutti::library
