#include "shell/store/track_row.hpp"

#include "core/library/fold.hpp"
#include "shell/store/try.hpp"

namespace tutti::shell {

namespace {

constexpr char kApart = '\x1f';

#define TUTTI_TRACK_COLUMNS                                                                    \
  "id, track, folder, directory, name, size, mtime_ns, content, available, added_at, "         \
  "search_row, codec, duration_ms, sample_rate, channels, bits, bitrate, album, disc_number, " \
  "track_number, sort_key, title, artists, album_title, album_artists, composers, genres, "    \
  "date, original_date, artwork, track_total, disc_total, disc_subtitle, compilation, "        \
  "title_sort, album_sort, artists_sort, album_artists_sort, comment, track_gain_db, "         \
  "album_gain_db, track_peak, album_peak, mb_recording, mb_release, mb_release_group, "        \
  "mb_artists, mb_album_artists, beside"

constexpr const char* kInsert =
    "INSERT INTO tracks(" TUTTI_TRACK_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
    "?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, "
    "?37, ?38, ?39, ?40, ?41, ?42, ?43, ?44, ?45, ?46, ?47, ?48, ?49)";
constexpr const char* kSelect = "SELECT " TUTTI_TRACK_COLUMNS " FROM tracks WHERE track = ?";

// Reads column after column.
class Columns {
 public:
  explicit Columns(const Statement& row) : row_(row) {}
  std::int64_t integer() { return row_.integer(at_++); }
  int number() { return static_cast<int>(integer()); }
  bool flag() { return integer() != 0; }
  std::string text() { return std::string(row_.text(at_++)); }
  std::vector<std::string> list() { return split_values(row_.text(at_++)); }
  std::string bytes() { return std::string(as_text(row_.bytes(at_++))); }
  library::ContentId content() { return content_id(row_.bytes(at_++)); }
  std::optional<double> real() {
    int at = at_++;
    if (row_.is_null(at)) return std::nullopt;
    return row_.real(at);
  }
  template <class IdType>
  IdType id() {
    return row_.id<IdType>(at_++);
  }

 private:
  const Statement& row_;
  int at_ = 0;
};

void read_tags_first(Columns& in, library::Tags& tags) {
  tags.disc.number = in.number();
  tags.track.number = in.number();
  (void)in.text();  // sort_key is made from the others
  tags.title = in.text();
  tags.artists = in.list();
  tags.album = in.text();
  tags.album_artists = in.list();
  tags.composers = in.list();
  tags.genres = in.list();
  tags.date = in.text();
  tags.original_date = in.text();
}

void read_tags_rest(Columns& in, library::Tags& tags) {
  tags.track.total = in.number();
  tags.disc.total = in.number();
  tags.disc_subtitle = in.text();
  tags.compilation = in.flag();
  tags.title_sort = in.text();
  tags.album_sort = in.text();
  tags.artists_sort = in.list();
  tags.album_artists_sort = in.list();
  tags.comment = in.text();
  tags.gain.track_db = in.real();
  tags.gain.album_db = in.real();
  tags.gain.track_peak = in.real();
  tags.gain.album_peak = in.real();
  tags.mb_recording = in.text();
  tags.mb_release = in.text();
  tags.mb_release_group = in.text();
  tags.mb_artists = in.list();
  tags.mb_album_artists = in.list();
}

void read_row(const Statement& statement, TrackRow& row) {
  Columns in(statement);
  library::ScannedFile& file = row.file;
  row.id = in.integer();
  file.track = in.id<TrackId>();
  row.folder = in.integer();
  row.directory = in.integer();
  file.name = in.bytes();
  file.stamp.size = in.integer();
  file.stamp.mtime_ns = in.integer();
  file.content = in.content();
  row.available = in.flag();
  row.added_at.us = in.integer();
  row.search_row = in.integer();
  file.audio.codec = in.text();
  file.audio.duration_ms = in.integer();
  file.audio.sample_rate = in.number();
  file.audio.channels = in.number();
  file.audio.bits = in.number();
  file.audio.bitrate = in.number();
  row.album = in.id<AlbumId>();
  read_tags_first(in, file.tags);
  file.artwork = in.content();
  read_tags_rest(in, file.tags);
  file.beside = static_cast<std::uint64_t>(in.integer());
}

}  // namespace

std::string join_values(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) {
    if (&value != &values.front()) out += kApart;
    out += value;
  }
  return out;
}

std::vector<std::string> split_values(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  for (;;) {
    std::size_t end = text.find(kApart);
    out.emplace_back(text.substr(0, end));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::int64_t> album_column(AlbumId album) {
  if (!album) return std::nullopt;
  return static_cast<std::int64_t>(album.value);
}

std::string content_bytes(library::ContentId id) {
  if (!id) return {};
  std::string out(16, '\0');
  store_be(reinterpret_cast<std::byte*>(out.data()), id.words[0]);
  store_be(reinterpret_cast<std::byte*>(out.data()) + 8, id.words[1]);
  return out;
}

library::ContentId content_id(ByteView bytes) {
  if (bytes.size() != 16) return {};
  return {{load_be<std::uint64_t>(bytes.data()), load_be<std::uint64_t>(bytes.data() + 8)}};
}

int year_of(std::string_view date) {
  int year = 0;
  int digits = 0;
  for (char c : date) {
    bool digit = c >= '0' && c <= '9';
    if (!digit && digits > 0) break;
    if (digit && ++digits <= 4) year = year * 10 + (c - '0');
  }
  return digits == 4 || digits == 8 ? year : 0;  // "1994", "1994-05", "19940501"
}

Result<void> insert_track_row(Database& library, const TrackRow& row) {
  const library::ScannedFile& file = row.file;
  const library::AudioFacts& audio = file.audio;
  const library::Tags& tags = file.tags;
  std::string content(16, '\0');
  if (file.content) content = content_bytes(file.content);
  std::string artwork = content_bytes(file.artwork);
  std::string sort_key =
      library::sort_key(!tags.title_sort.empty() ? tags.title_sort
                        : !tags.title.empty()    ? tags.title
                                                 : library::display_text(file.name));
  TRY(library.execute(
      kInsert, row.id, file.track, row.folder, row.directory, as_bytes(file.name), file.stamp.size,
      file.stamp.mtime_ns, as_bytes(content), row.available, row.added_at.us, row.search_row,
      audio.codec, audio.duration_ms, audio.sample_rate, audio.channels, audio.bits, audio.bitrate,
      album_column(row.album), tags.disc.number, tags.track.number, sort_key, tags.title,
      join_values(tags.artists), tags.album, join_values(tags.album_artists),
      join_values(tags.composers), join_values(tags.genres), tags.date, tags.original_date,
      as_bytes(artwork), tags.track.total, tags.disc.total, tags.disc_subtitle, tags.compilation,
      tags.title_sort, tags.album_sort, join_values(tags.artists_sort),
      join_values(tags.album_artists_sort), tags.comment, tags.gain.track_db, tags.gain.album_db,
      tags.gain.track_peak, tags.gain.album_peak, tags.mb_recording, tags.mb_release,
      tags.mb_release_group, join_values(tags.mb_artists), join_values(tags.mb_album_artists),
      static_cast<std::int64_t>(file.beside)));
  if (tags.lyrics.empty() && tags.synced_lyrics.empty()) return {};
  return library.execute("INSERT INTO lyrics(track, plain, synced) VALUES (?, ?, ?)", row.id,
                         tags.lyrics, tags.synced_lyrics);
}

Result<std::optional<TrackRow>> load_track_row(Database& library, TrackId track) {
  TrackRow row;
  TRY_LET(found, one_row(library.query(kSelect, track),
                         [&](const Statement& statement) { read_row(statement, row); }));
  if (!found) return std::nullopt;
  TRY(one_row(library.query("SELECT path FROM directories WHERE id = ?", row.directory),
              [&](const Statement& at) { row.file.directory = as_text(at.bytes(0)); }));
  TRY(one_row(library.query("SELECT plain, synced FROM lyrics WHERE track = ?", row.id),
              [&](const Statement& at) {
                row.file.tags.lyrics = at.text(0);
                row.file.tags.synced_lyrics = at.text(1);
              }));
  return row;
}

}  // namespace tutti::shell
