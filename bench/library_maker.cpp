#include "bench/library_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/base/ids.hpp"

namespace tutti::bench {
namespace {

constexpr std::size_t kWords = 12'000;
constexpr std::size_t kArtists = 6'000;
constexpr std::size_t kSought = 20'000;

// The words that titles are full of; the rest is made of syllables.
constexpr const char* kCommon[] = {
    "the",   "of",    "love",  "in",     "you",   "a",          "to",    "me",   "and",   "my",
    "i",     "live",  "on",    "for",    "your",  "night",      "time",  "it",   "be",    "is",
    "heart", "one",   "song",  "blue",   "day",   "world",      "man",   "no",   "with",  "all",
    "life",  "dream", "dance", "girl",   "way",   "home",       "light", "feat", "remix", "version",
    "black", "good",  "never", "little", "down",  "remastered", "moon",  "sun",  "rain",  "river",
    "fire",  "eyes",  "back",  "baby",   "don't", "come",       "up",    "away", "old",   "new"};
constexpr const char* kSyllables[] = {"ba",   "ro",  "li",  "ta",  "mo",  "ne",  "su", "ka",
                                      "del",  "vi",  "an",  "or",  "es",  "in",  "u",  "ter",
                                      "ham",  "wy",  "sto", "gra", "fel", "cor", "pi", "zu",
                                      "thal", "mer", "öl",  "é",   "qui", "jo"};
constexpr const char* kGenres[] = {"Rock",    "Pop",     "Jazz",      "Classical", "Electronic",
                                   "Folk",    "Metal",   "Blues",     "Hip-Hop",   "Soul",
                                   "Ambient", "Techno",  "Punk",      "Opera",     "Soundtrack",
                                   "Reggae",  "Country", "Indie Rock"};

// A place in a list of n where early ones come more often, about as words do (Zipf's law, exponent
// 1).
std::size_t uneven(Choose& draw, std::size_t n) {
  double u = (draw.choose(1'000'000, "zipf") + 0.5) / 1e6;
  auto at = static_cast<std::size_t>(std::exp(u * std::log(static_cast<double>(n) + 1.0)) - 1.0);
  return std::min(at, n - 1);
}

std::string capital(std::string word) {
  if (word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 32);
  return word;
}

}  // namespace

LibraryMaker::LibraryMaker(std::uint64_t seed) : draw_(seed) {
  for (const char* common : kCommon) words_.emplace_back(common);
  while (words_.size() < kWords) {
    std::string made;
    for (std::uint32_t n = 2 + draw_.choose(3, "syllables"); n > 0; --n)
      made += kSyllables[draw_.choose(std::size(kSyllables), "syllable")];
    words_.push_back(std::move(made));
  }
  for (std::size_t n = 0; n < kArtists; ++n) artists_.push_back(phrase(1, 3));
}

std::string LibraryMaker::word() { return capital(words_[uneven(draw_, words_.size())]); }

std::string LibraryMaker::phrase(int least, int most) {
  std::string out = word();
  int more = least - 1 +
             static_cast<int>(draw_.choose(static_cast<std::uint32_t>(most - least + 1), "words"));
  for (; more > 0; --more) out += " " + word();
  return out;
}

// A hundred albums of the first, one of the last: as the square of an even draw.
const std::string& LibraryMaker::some_artist() {
  double u = draw_.choose(1'000'000, "artist") / 1e6;
  return artists_[static_cast<std::size_t>(u * u * static_cast<double>(kArtists))];
}

library::ScannedFile LibraryMaker::track(const std::string& artist, const std::string& album,
                                         int number) {
  library::ScannedFile file;
  ++made_;
  file.tags.title = phrase(1, 5);
  file.tags.artists = {artist};
  if (draw_.choose(12, "guest") == 0) file.tags.artists.push_back(some_artist());
  file.tags.album = album;
  file.tags.album_artists = {artist};
  if (draw_.choose(8, "composer") == 0) file.tags.composers = {some_artist(), some_artist()};
  file.tags.genres = {kGenres[uneven(draw_, std::size(kGenres))]};
  file.tags.track.number = number;
  file.tags.date = std::to_string(1955 + draw_.choose(70, "year"));
  file.name = fmt::format("{:02} {}.flac", number, file.tags.title);
  std::replace(file.name.begin(), file.name.end(), '/', '_');
  file.stamp = {4'000'000 + static_cast<std::int64_t>(made_ % 60'000'000),
                1'600'000'000'000'000'000 + static_cast<std::int64_t>(made_)};
  file.content = {{hash_mix(made_), hash_mix(made_ * 3 + 1)}};
  file.audio = {"flac", 120'000 + draw_.choose(240'000, "length"), 44'100, 2, 16, 900};
  file.tags.mb_recording = fmt::format("{:032x}", hash_mix(made_));
  return file;
}

std::vector<library::ScannedFile> LibraryMaker::album() {
  ++albums_;
  std::string artist = some_artist();
  std::string title = phrase(1, 4);
  bool sampler = draw_.choose(15, "sampler") == 0;
  std::string directory = fmt::format("{}/{} {}", sampler ? "Various" : artist, title, albums_);
  library::ArtworkKey artwork{{hash_mix(albums_), albums_}};
  std::vector<library::ScannedFile> out;
  constexpr std::uint32_t kLeast = 6;
  int count = static_cast<int>(
      kLeast + draw_.choose(static_cast<std::uint32_t>(kMostTracks) - kLeast + 1, "tracks"));
  for (int number = 1; number <= count; ++number) {
    out.push_back(track(sampler ? some_artist() : artist, title, number));
    out.back().directory = directory;
    out.back().artwork = artwork;
    if (!sampler) continue;
    out.back().tags.album_artists.clear();
    out.back().tags.compilation = true;
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const library::Tags& one =
      out[draw_.choose(static_cast<std::uint32_t>(out.size()), "sought")].tags;
  std::string sought[] = {one.title, one.artists[0], one.album, one.artists[0] + " " + one.title,
                          one.title + " " + one.date};
  std::string& kept = sought[draw_.choose(5, "what")];
  if (sought_.size() < kSought) sought_.push_back(std::move(kept));
  return out;
}

std::string LibraryMaker::something_to_find() {
  return sought_[draw_.choose(static_cast<std::uint32_t>(sought_.size()), "find")];
}

}  // namespace tutti::bench
