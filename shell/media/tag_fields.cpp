#include "shell/media/tag_fields.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "core/base/utf8.hpp"
#include "core/library/scan.hpp"

namespace tutti::shell {
namespace {

struct Name {
  std::string_view name;
  Field field;
};
// In the order of bytes.
constexpr Name kNames[] = {
    {"ALBUM", Field::album},
    {"ALBUM ARTIST", Field::album_artist},
    {"ALBUMARTIST", Field::album_artist},
    {"ALBUMARTISTS", Field::album_artists},
    {"ALBUMARTISTSORT", Field::album_artist_sort},
    {"ALBUMSORT", Field::album_sort},
    {"ARTIST", Field::artist},
    {"ARTISTS", Field::artists},
    {"ARTISTSORT", Field::artist_sort},
    {"ARTISTSSORT", Field::artists_sort},
    {"ARTISTS_SORT", Field::artists_sort},
    {"COMMENT", Field::comment},
    {"COMPILATION", Field::compilation},
    {"COMPOSER", Field::composer},
    {"DATE", Field::date},
    {"DESCRIPTION", Field::description},
    {"DISC", Field::disc},
    {"DISCNUMBER", Field::disc},
    {"DISCSUBTITLE", Field::disc_subtitle},
    {"DISCTOTAL", Field::disc_total},
    {"GENRE", Field::genre},
    {"LYRICS", Field::lyrics},
    {"MUSICBRAINZ_ALBUMARTISTID", Field::mb_album_artist},
    {"MUSICBRAINZ_ALBUMID", Field::mb_release},
    {"MUSICBRAINZ_ARTISTID", Field::mb_artist},
    {"MUSICBRAINZ_RELEASEGROUPID", Field::mb_release_group},
    {"MUSICBRAINZ_TRACKID", Field::mb_recording},
    {"ORIGINALDATE", Field::original_date},
    {"ORIGINALYEAR", Field::original_year},
    {"R128_ALBUM_GAIN", Field::r128_album},
    {"R128_TRACK_GAIN", Field::r128_track},
    {"REPLAYGAIN_ALBUM_GAIN", Field::album_gain},
    {"REPLAYGAIN_ALBUM_PEAK", Field::album_peak},
    {"REPLAYGAIN_TRACK_GAIN", Field::track_gain},
    {"REPLAYGAIN_TRACK_PEAK", Field::track_peak},
    {"SETSUBTITLE", Field::disc_subtitle},
    {"SYNCEDLYRICS", Field::synced_lyrics},
    {"TITLE", Field::title},
    {"TITLESORT", Field::title_sort},
    {"TOTALDISCS", Field::disc_total},
    {"TOTALTRACKS", Field::track_total},
    {"TRACK", Field::track},
    {"TRACKNUMBER", Field::track},
    {"TRACKTOTAL", Field::track_total},
    {"UNSYNCEDLYRICS", Field::lyrics},
    {"YEAR", Field::year},
};
static_assert(std::ranges::is_sorted(kNames, {}, &Name::name));

std::optional<Field> field_of(std::string_view name) {
  const Name* found = std::ranges::lower_bound(kNames, name, {}, &Name::name);
  if (found == std::end(kNames) || found->name != name) return std::nullopt;
  return found->field;
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (parts.size() < kValues) {
    std::size_t end = std::min(text.find(at), text.size());
    std::string part = clean_text(text.substr(0, end), kTextBytes);
    if (!part.empty()) parts.push_back(std::move(part));
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

// "-7.03 dB", "+1.2", "0,5": decimal point or comma, whatever the locale; unsure values are none.
std::optional<double> decimal(std::string_view text, double least, double most) {
  std::string plain(text.substr(0, 64));
  std::replace(plain.begin(), plain.end(), ',', '.');
  std::string_view view = plain;
  while (view.starts_with(' ') || view.starts_with('+')) view.remove_prefix(1);
  double value = 0;
  auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  if (error != std::errc{} || !(value >= least && value <= most)) return std::nullopt;
  return value;
}

// RFC 7845 section 5.2.1: Q7.8 of dB towards -23 LUFS; ReplayGain 2.0 aims at -18.
std::optional<double> r128(std::string_view text) {
  auto value = decimal(text, -32768, 32767);
  if (value) *value = *value / 256 + 5;
  return value;
}

struct Reader {
  const RawFields& fields;

  std::string_view first(Field field) const {
    return fields.of(field).empty() ? std::string_view{} : fields.of(field).front();
  }
  std::string one(Field field, std::size_t most = kTextBytes) const {
    return clean_text(first(field), most);
  }
  // Values, cleaned, empty and repeated ones left out.
  std::vector<std::string> all(Field field, bool once = true) const {
    std::vector<std::string> out;
    for (const std::string& value : fields.of(field)) {
      std::string text = clean_text(value, kTextBytes);
      if (text.empty() || out.size() == kValues) continue;
      if (!once || std::find(out.begin(), out.end(), text) == out.end())
        out.push_back(std::move(text));
    }
    return out;
  }
  // The field that lists single names where it is there, else the one that credits them.
  std::vector<std::string> either(Field list, Field credit) const {
    auto out = all(list);
    return out.empty() ? all(credit) : out;
  }
  std::vector<std::string> sorts(Field list, Field credit, std::size_t beside) const {
    for (Field field : {list, credit}) {
      auto out = all(field, false);
      if (out.size() == beside) return out;
    }
    return {};
  }
  library::Numbered numbered(Field number, Field total) const {
    library::Numbered out = parse_numbered(first(number));
    if (int n = parse_numbered(first(total)).number; n > 0) out.total = n;
    return out;
  }
  std::string date(Field date, Field year) const {
    std::string out = parse_date(first(date));
    return out.empty() ? parse_date(first(year)) : out;
  }
};

library::TaggedGain gain_of(const Reader& read) {
  library::TaggedGain gain;
  constexpr double kMostDb = 100;
  constexpr double kMostPeak = 1000;
  gain.track_db = decimal(read.first(Field::track_gain), -kMostDb, kMostDb);
  gain.album_db = decimal(read.first(Field::album_gain), -kMostDb, kMostDb);
  gain.track_peak = decimal(read.first(Field::track_peak), 0, kMostPeak);
  gain.album_peak = decimal(read.first(Field::album_peak), 0, kMostPeak);
  if (!gain.track_db) gain.track_db = r128(read.first(Field::r128_track));
  if (!gain.album_db) gain.album_db = r128(read.first(Field::r128_album));
  return gain;
}

void lyrics_of(const Reader& read, library::Tags& tags) {
  for (Field field : {Field::synced_lyrics, Field::lyrics}) {
    for (const std::string& value : read.fields.of(field)) {
      std::string text = clean_text(value, kLyricsBytes, true);
      std::string& to = is_synced(text) ? tags.synced_lyrics : tags.lyrics;
      if (to.empty()) to = std::move(text);
    }
  }
}

}  // namespace

void RawFields::add(std::string_view name, std::vector<std::string> values, bool more) {
  // "LYRICS:ENG" and the like: a language or description behind the name.
  if (name.starts_with("LYRICS:") || name.starts_with("UNSYNCEDLYRICS:")) name = "LYRICS";
  auto field = field_of(name);
  if (!field) return;
  auto& to = values_[static_cast<std::size_t>(*field)];
  if (to.empty()) to = std::move(values);
  else if (more) to.insert(to.end(), values.begin(), values.end());
}

void RawFields::split_v23() {
  auto& values = values_;
  auto at = [&](Field field) -> auto& { return values[static_cast<std::size_t>(field)]; };
  for (Field ids : {Field::mb_artist, Field::mb_album_artist}) {
    if (at(ids).size() == 1) at(ids) = split(at(ids).front(), '/');
  }
  auto agree = [&](Field field, Field ids) {
    if (at(field).size() != 1 || at(ids).size() < 2) return;
    auto parts = split(at(field).front(), '/');
    if (parts.size() == at(ids).size()) at(field) = std::move(parts);
  };
  agree(Field::artists, Field::mb_artist);
  agree(Field::artist, Field::mb_artist);
  agree(Field::album_artists, Field::mb_album_artist);
  agree(Field::album_artist, Field::mb_album_artist);
  if (at(Field::composer).size() == 1)
    at(Field::composer) = split(at(Field::composer).front(), '/');
}

library::Tags tags_of(const RawFields& fields) {
  Reader read{fields};
  library::Tags tags;
  tags.title = read.one(Field::title);
  tags.album = read.one(Field::album);
  tags.artists = read.either(Field::artists, Field::artist);
  tags.album_artists = read.either(Field::album_artists, Field::album_artist);
  tags.composers = read.all(Field::composer);
  tags.genres = read.all(Field::genre);
  tags.title_sort = read.one(Field::title_sort);
  tags.album_sort = read.one(Field::album_sort);
  tags.artists_sort = read.sorts(Field::artists_sort, Field::artist_sort, tags.artists.size());
  tags.album_artists_sort =
      read.sorts(Field::album_artist_sort, Field::album_artist_sort, tags.album_artists.size());
  tags.track = read.numbered(Field::track, Field::track_total);
  tags.disc = read.numbered(Field::disc, Field::disc_total);
  tags.disc_subtitle = read.one(Field::disc_subtitle);
  tags.date = read.date(Field::date, Field::year);
  tags.original_date = read.date(Field::original_date, Field::original_year);
  std::string compilation = read.one(Field::compilation);
  tags.compilation = compilation == "1" || compilation == "true" || compilation == "True";
  Field comment = read.first(Field::comment).empty() ? Field::description : Field::comment;
  tags.comment = clean_text(read.first(comment), kCommentBytes, true);
  lyrics_of(read, tags);
  tags.gain = gain_of(read);
  tags.mb_recording = read.one(Field::mb_recording, 64);
  tags.mb_release = read.one(Field::mb_release, 64);
  tags.mb_release_group = read.one(Field::mb_release_group, 64);
  tags.mb_artists = read.all(Field::mb_artist, false);
  tags.mb_album_artists = read.all(Field::mb_album_artist, false);
  return tags;
}

std::string clean_text(std::string_view text, std::size_t most, bool lines) {
  text = text.substr(0, most * 2);  // what is trimmed and replaced counts little
  std::string valid;
  if (!utf8_valid(text)) text = valid = library::display_text(text);
  auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  std::string out;
  out.reserve(std::min(text.size(), most));
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool line = c == '\n' || c == '\r';
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (line) out += lines ? '\n' : ' ';
    else if (c == '\t') out += ' ';
    else if (static_cast<unsigned char>(c) >= ' ' && c != 0x7f) out += c;
  }
  if (out.size() > most) out.resize(utf8_prefix(out, most).size());
  return out;
}

library::Numbered parse_numbered(std::string_view text) {
  auto take = [&]() {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    int value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value < 0 || value > 1'000'000) return 0;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
  };
  library::Numbered out;
  out.number = take();
  std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return out;
  text.remove_prefix(slash + 1);
  out.total = take();
  return out;
}

std::string parse_date(std::string_view text) {
  auto digits = [&](std::size_t at, std::size_t n) {
    if (at + n > text.size()) return false;
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at),
                       text.begin() + static_cast<std::ptrdiff_t>(at + n),
                       [](char c) { return c >= '0' && c <= '9'; });
  };
  auto between = [&](std::size_t at, int least, int most) {
    int n = (text[at] - '0') * 10 + (text[at + 1] - '0');
    return n >= least && n <= most;
  };
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (!digits(0, 4) || text.substr(0, 4) == "0000") return {};
  std::string out(text.substr(0, 4));
  if (text.size() < 7 || text[4] != '-' || !digits(5, 2) || !between(5, 1, 12)) return out;
  out += text.substr(4, 3);
  if (text.size() < 10 || text[7] != '-' || !digits(8, 2) || !between(8, 1, 31)) return out;
  return out += text.substr(7, 3);
}

bool is_synced(std::string_view lyrics) {
  for (std::size_t at = 0; at < lyrics.size();) {
    std::string_view line = lyrics.substr(at, 6);
    auto digit = [&](std::size_t i) { return i < line.size() && line[i] >= '0' && line[i] <= '9'; };
    if (line.starts_with('[') && digit(1) && digit(2) && line.size() > 4 && line[3] == ':' &&
        digit(4))
      return true;
    at = std::min(lyrics.find('\n', at), lyrics.size() - 1) + 1;
  }
  return false;
}

}  // namespace tutti::shell
