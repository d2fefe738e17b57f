#include "shell/media/worker_protocol.hpp"

#include <bit>
#include <cstring>
#include <type_traits>

namespace tutti::shell {
namespace {

constexpr std::size_t kItems = 4096;  // of a list

// One visitor writes, the other reads; `fields` below says once what a record is made of.
class Packer {
 public:
  explicit Packer(std::string& out) : out_(out) {}
  void operator()(const std::string& text) {
    number(text.size(), 4);
    out_ += text;
  }
  template <class N>
    requires std::is_integral_v<N>
  void operator()(N value) {
    number(static_cast<std::uint64_t>(value), sizeof(N));
  }
  void operator()(double value) { number(std::bit_cast<std::uint64_t>(value), 8); }
  void operator()(const std::optional<double>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  void operator()(const std::vector<std::string>& list) {
    number(list.size(), 4);
    for (const std::string& each : list) (*this)(each);
  }

 private:
  void number(std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) out_ += static_cast<char>(value >> (8 * i) & 0xff);
  }
  std::string& out_;
};

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_(bytes) {}
  bool whole() const { return ok_ && bytes_.empty(); }
  bool ok() const { return ok_; }
  void operator()(std::string& text) { text = take(number(4)); }
  template <class N>
    requires std::is_integral_v<N>
  void operator()(N& value) {
    value = static_cast<N>(number(sizeof(N)));
  }
  void operator()(double& value) { value = std::bit_cast<double>(number(8)); }
  void operator()(std::optional<double>& value) {
    bool there = number(1) != 0;
    if (there) (*this)(value.emplace());
  }
  void operator()(std::vector<std::string>& list) {
    std::uint64_t size = number(4);
    if (size > kItems) ok_ = false;
    for (std::uint64_t i = 0; ok_ && i < size; ++i) (*this)(list.emplace_back());
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (!ok_ || size > bytes_.size()) return ok_ = false, std::string_view{};
    std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    std::string_view bytes = take(size);
    std::uint64_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
      value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }
  std::string_view bytes_;
  bool ok_ = true;
};

template <class Visit, class Record>
void audio_fields(Visit& visit, Record& audio) {
  visit(audio.codec), visit(audio.duration_ms), visit(audio.sample_rate), visit(audio.channels);
  visit(audio.bits), visit(audio.bitrate);
}

template <class Visit, class Record>
void tag_fields(Visit& visit, Record& tags) {
  visit(tags.title), visit(tags.album), visit(tags.artists), visit(tags.album_artists);
  visit(tags.composers), visit(tags.genres), visit(tags.title_sort), visit(tags.album_sort);
  visit(tags.artists_sort), visit(tags.album_artists_sort);
  visit(tags.track.number), visit(tags.track.total), visit(tags.disc.number);
  visit(tags.disc.total), visit(tags.disc_subtitle), visit(tags.date), visit(tags.original_date);
  visit(tags.compilation), visit(tags.comment), visit(tags.lyrics), visit(tags.synced_lyrics);
  visit(tags.gain.track_db), visit(tags.gain.album_db);
  visit(tags.gain.track_peak), visit(tags.gain.album_peak);
  visit(tags.mb_recording), visit(tags.mb_release), visit(tags.mb_release_group);
  visit(tags.mb_artists), visit(tags.mb_album_artists);
}

template <class Visit, class Record>
void record_fields(Visit& visit, Record& record) {
  visit(record.stamp.size), visit(record.stamp.mtime_ns);
  visit(record.content.words[0]), visit(record.content.words[1]);
  visit(record.artwork.words[0]), visit(record.artwork.words[1]);
  visit(record.picture);
  audio_fields(visit, record.audio);
  tag_fields(visit, record.tags);
}

// Writes the frame's length when its payload is complete.
class Frame {
 public:
  explicit Frame(std::string& out) : out_(out), at_(out.size()) { out.append(4, '\0'); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() {
    std::size_t size = out_.size() - at_ - 4;
    for (std::size_t i = 0; i < 4; ++i) out_[at_ + i] = static_cast<char>(size >> (8 * i) & 0xff);
  }

 private:
  std::string& out_;
  std::size_t at_;
};

std::unexpected<Error> broken() {
  return fail(Code::protocol, "the reader process does not speak as it should");
}

}  // namespace

void append_request(std::span<const FileTask> files, std::string& out) {
  Frame frame(out);
  Packer pack(out);
  pack(static_cast<std::uint32_t>(files.size()));
  for (const FileTask& file : files) {
    pack(file.directory_path), pack(file.name), pack(file.cover);
    pack(static_cast<std::uint32_t>(file.edits.size()));
    for (const library::TagEdit& edit : file.edits)
      pack(static_cast<std::uint8_t>(edit.field)), pack(edit.values);
  }
}

Result<std::vector<FileTask>> parse_request(std::string_view payload) {
  Unpacker unpack(payload);
  std::uint32_t count = 0;
  unpack(count);
  std::vector<FileTask> files;
  for (std::uint32_t i = 0; unpack.ok() && i < count && i < kItems; ++i) {
    FileTask& file = files.emplace_back();
    std::uint32_t edits = 0;
    unpack(file.directory_path), unpack(file.name), unpack(file.cover), unpack(edits);
    for (std::uint32_t e = 0; unpack.ok() && e < edits && e < kItems; ++e) {
      std::uint8_t field = 0;
      library::TagEdit& edit = file.edits.emplace_back();
      unpack(field), unpack(edit.values);
      edit.field = static_cast<library::TagField>(field);
    }
    if (file.edits.size() != edits) return broken();
  }
  if (!unpack.whole() || files.size() != count) return broken();
  return files;
}

void append_answer(const ReadAnswer& answer, std::string& out) {
  Frame frame(out);
  Packer pack(out);
  pack(answer.index);
  pack(answer.record.has_value());
  if (answer.record) return record_fields(pack, *answer.record);
  const Error& why = answer.record.error();
  pack(static_cast<std::uint16_t>(why.code)), pack(why.text), pack(why.hint);
}

Result<ReadAnswer> parse_answer(std::string_view payload) {
  Unpacker unpack(payload);
  ReadAnswer answer;
  bool ok = false;
  unpack(answer.index), unpack(ok);
  if (ok) {
    MediaRecord record;
    record_fields(unpack, record);
    answer.record = std::move(record);
  } else {
    Error why;
    std::uint16_t code = 0;
    unpack(code), unpack(why.text), unpack(why.hint);
    why.code = static_cast<Code>(code);
    answer.record = std::unexpected(std::move(why));
  }
  if (!unpack.whole()) return broken();
  return answer;
}

Result<std::optional<std::string_view>> next_frame(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 4; i-- > 0;) size = size << 8 | static_cast<unsigned char>(bytes[i]);
  if (size > kFrameBytes) return broken();
  if (bytes.size() < 4 + size) return std::nullopt;
  std::string_view payload = bytes.substr(4, size);
  bytes.remove_prefix(4 + size);
  return payload;
}

}  // namespace tutti::shell
